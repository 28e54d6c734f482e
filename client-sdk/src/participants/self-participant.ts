import type { Attributes, Grants, Params, ParticipantInfo, ServerMessage } from '@balai/protocol';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import type { LocalTrackPublication } from '../tracks/track-publication.ts';
import { CapturingParticipant } from './capturing-participant.ts';
import type { LocalParticipantParts } from './local-participant-parts.ts';

/** Ourselves: what we may do, and what we say of ourselves. */
export abstract class SelfParticipant extends CapturingParticipant {
  readonly #ask: SignalChannel['request'];
  #grants: Grants | undefined;

  /** @internal */
  constructor(parts: LocalParticipantParts) {
    super(parts);
    this.#ask = parts.ask;
  }

  abstract override getTrackPublications(): LocalTrackPublication[];

  /** What we may do; undefined before the first `connect`. Changes with `participantPermissionsChanged`. */
  get grants(): Grants | undefined {
    return this.#grants;
  }

  /**
   * Says something of ourselves that everybody in the room can read, at most 64 KiB.
   *
   * @throws ServerError `forbidden` without the grant `updateSelf`, `invalid_request`, `rate_limited`.
   * @throws ConnectionError `not_connected`, `request_timeout`.
   */
  async setMetadata(metadata: string): Promise<void> {
    await this.#tell({ metadata });
  }

  /**
   * Sets some of our attributes; the others stay as they are. An empty value takes one away.
   *
   * @throws as `setMetadata`.
   */
  async setAttributes(attributes: Attributes): Promise<void> {
    await this.#tell({ attributes });
  }

  /**
   * Takes another name, of 1 to 100 characters.
   *
   * @throws as `setMetadata`.
   */
  async setName(name: string): Promise<void> {
    await this.#tell({ name });
  }

  /** @internal */
  enter(info: ParticipantInfo, grants: Grants): void {
    this.setInfo(info);
    this.#grants = grants;
  }

  /** @internal What we are, and may do, for the server by now. */
  recognize(info: ParticipantInfo, grants: Grants): void {
    this.update(info);
    this.allow({ role: info.role, grants });
  }

  /** @internal The server gave us another role, or allows us other things. */
  allow({ role, grants }: ServerMessage<'roleChanged'>): void {
    this.update({ role });
    const former = this.#grants;
    this.#grants = grants;
    if (JSON.stringify(former) === JSON.stringify(grants)) return;
    for (const publication of this.getTrackPublications()) {
      if (!grants.publish[publication.source]) this.takeOff(publication);
    }
    this.emit('participantPermissionsChanged', former);
  }

  /** @internal Somebody muted or ended what we publish. */
  obey({ trackId, action }: ServerMessage<'trackModerated'>): void {
    const publication = this.getTrackPublications().find(({ trackSid }) => trackSid === trackId);
    if (publication) this.takeOff(publication, action === 'muted');
  }

  /** Mutes a track, or unpublishes it. */
  protected abstract takeOff(publication: LocalTrackPublication, isOnlyMuted?: boolean): void;

  async #tell(change: Params<'self.update'>): Promise<void> {
    await this.#ask('self.update', change);
    // The server tells only the others.
    const { attributes, ...others } = change;
    const known = Object.entries({ ...this.attributes, ...attributes });
    this.update({ ...others, attributes: Object.fromEntries(known.filter(([, value]) => value)) });
  }
}
