import type {
  ChatMessage,
  DisconnectReason,
  Joined,
  NeededLayer,
  Params,
  RoomChange,
  ServerMessage,
  Speaker,
  TransportInfo,
} from '@balai/protocol';
import { ChatFiles } from './chat-files.ts';
import type { DataLink } from './data/data-link.ts';
import type { RoomData } from './data/room-data.ts';
import { ConnectionError } from './errors.ts';
import { Late } from './media/late.ts';
import type {
  MediaEngine,
  MediaReceiver,
  MediaSender,
  TransportHooks,
  TransportOptions,
} from './media/media-engine.ts';
import { PathKeeper } from './media/path-keeper.ts';
import { type Publisher, TransportPublisher } from './media/publisher.ts';
import { Subscriber, type SubscriberHooks } from './media/subscriber.ts';
import { reportFault } from './report-fault.ts';
import type { SignalChannel, StayListeners } from './signalling/signal-channel.ts';

/** What a stay tells. Nothing is told after `onEnded`. */
export interface StayHooks extends SubscriberHooks {
  readonly onChange: (change: RoomChange) => void;
  readonly onChat: (message: ChatMessage) => void;
  readonly onChatUpdated: (message: ChatMessage) => void;
  readonly onChatDeleted: (message: ChatMessage) => void;
  /** Who speaks now. */
  readonly onSpeakers: (speakers: readonly Speaker[]) => void;
  /** How well people are connected, as far as that changed. */
  readonly onQualities: (message: ServerMessage<'qualitiesChanged'>) => void;
  /** Our own role is another one. */
  readonly onRole: (message: ServerMessage<'roleChanged'>) => void;
  /** What our tracks have to be sent in is something else. */
  readonly onLayersNeeded: (layers: readonly NeededLayer[]) => void;
  /** Somebody cannot receive one of our tracks. */
  readonly onCodecNeeded: (message: ServerMessage<'codecNeeded'>) => void;
  /** Data, texts and calls, over all stays of the room. */
  readonly data: Pick<RoomData, 'isWanted' | 'begin' | 'receive' | 'tell' | 'end'>;
  /** Somebody muted or ended a track of ours. */
  readonly onTrackModerated: (message: ServerMessage<'trackModerated'>) => void;
  /** We belong into another room. */
  readonly onMoved: (message: ServerMessage<'moved'>) => void;
  /** The server said something that was taken note of. */
  readonly onHeard: StayListeners['heard'];
  /** The socket is gone, and media goes on: see `resume`. */
  readonly onSignalLost: () => void;
  /**
   * Once, unless we ended it ourselves.
   *
   * @param isFinal Whether joining anew would be of no use, or against somebody's will.
   */
  readonly onEnded: (reason: DisconnectReason, isFinal: boolean) => void;
}

/** What a stay is made of. */
export interface StayParts {
  /** Of the REST API. */
  readonly serverUrl: string;
  readonly joined: Joined;
  readonly channel: SignalChannel;
  readonly engine: MediaEngine;
  readonly transportOptions: TransportOptions;
}

type Transport = Pick<MediaSender, 'restartIce' | 'countReceivedBytes'>;

/** How a stay ends that the person wants to go on with. */
const UNWANTED: ReadonlySet<DisconnectReason> = new Set([
  'signal_close',
  'server_shutdown',
  'media_failure',
]);
/** A leaving client waits no longer than this for the server's word. */
const LEAVE_TIMEOUT_MS = 2_000;

/** One stay in a room, from `joined` to its end: signalling and both peer connections. */
export class Stay {
  readonly joined: Joined;
  readonly dataLink: DataLink;
  readonly files: ChatFiles;
  readonly #channel: SignalChannel;
  readonly #publisher: TransportPublisher;
  readonly #subscriber: Subscriber;
  readonly #receiver: Late<MediaReceiver>;
  readonly #hooks: StayHooks;
  readonly #paths: PathKeeper[] = [];
  #isOver = false;

  constructor(parts: StayParts, hooks: StayHooks) {
    const { joined, channel, engine, transportOptions } = parts;
    this.joined = joined;
    this.#channel = channel;
    this.#hooks = hooks;
    const { sendTransport, receiveTransport } = joined;
    const request: SignalChannel['request'] = (method, params) => channel.request(method, params);
    this.files = new ChatFiles(parts.serverUrl, joined.room.id, request);
    const sender = this.#openLate('send', sendTransport, (info, transportHooks) =>
      engine.openSender(info, transportOptions, transportHooks),
    );
    this.#publisher = new TransportPublisher(sender, request, joined.room.videoCodecs);
    this.#receiver = this.#openLate('receive', receiveTransport, (info, transportHooks) =>
      engine.openReceiver(info, transportOptions, transportHooks),
    );
    this.#subscriber = new Subscriber(this.#receiver, request, hooks);
    this.dataLink = {
      request: (method, params, timeoutMs) => channel.request(method, params, timeoutMs),
      sender,
      receiver: this.#receiver,
      reception: joined.dataReception,
    };
  }

  /** Whether there is a socket. */
  get isSignalled(): boolean {
    return this.#channel.isConnected;
  }

  get publisher(): Publisher {
    return this.#publisher;
  }

  get request(): SignalChannel['request'] {
    return (method, params) => this.#channel.request(method, params);
  }

  /** What to do at each message of the server. */
  readonly listeners: StayListeners = {
    changed: ({ changes }) => {
      for (const change of changes) this.#hooks.onChange(change);
    },
    subscribed: ({ subscriptions }) => void this.#subscriber.add(subscriptions),
    unsubscribed: ({ subscriptionIds }) => {
      for (const id of subscriptionIds) this.#subscriber.end(id);
    },
    chatMessage: (message) => this.#hooks.onChat(message),
    chatMessageUpdated: (message) => this.#hooks.onChatUpdated(message),
    chatMessageDeleted: (message) => this.#hooks.onChatDeleted(message),
    speakersChanged: ({ speakers }) => this.#hooks.onSpeakers(speakers),
    qualitiesChanged: (message) => this.#hooks.onQualities(message),
    roleChanged: (message) => {
      this.#hooks.onRole(message);
      if (message.grants.subscribe) void this.#beginToReceive();
    },
    streamStates: (message) => this.#subscriber.setStates(message),
    layersNeeded: ({ layers }) => this.#hooks.onLayersNeeded(layers),
    codecNeeded: (message) => this.#hooks.onCodecNeeded(message),
    dataClosed: (message) => this.#hooks.data.tell({ event: 'dataClosed', message }),
    textReceived: (message) => this.#hooks.data.tell({ event: 'textReceived', message }),
    rpcCalled: (message) => this.#hooks.data.tell({ event: 'rpcCalled', message }),
    rpcAnswered: (message) => this.#hooks.data.tell({ event: 'rpcAnswered', message }),
    trackModerated: (message) => this.#hooks.onTrackModerated(message),
    moved: (message) => this.#hooks.onMoved(message),
    heard: (event, message) => this.#hooks.onHeard(event, message),
    goodbye: ({ reason }) => this.#finish(reason, !UNWANTED.has(reason)),
    lost: () => {
      for (const path of this.#paths) path.suspect();
      this.#hooks.onSignalLost();
    },
  };

  /** Receives what `joined` brought. */
  begin(): void {
    void this.#subscriber.begin(this.joined.subscriptions);
    this.#hooks.data.begin(this.dataLink);
  }

  get subscriber(): Subscriber {
    return this.#subscriber;
  }

  /**
   * Goes on over another socket. What is missed comes before this resolves.
   *
   * @throws as `SignalChannel.resume`.
   */
  async resume(token: string, signal: AbortSignal): Promise<void> {
    await this.#channel.resume(token, signal);
    for (const path of this.#paths) void path.verify();
  }

  /** The network is another one: both ways to the server are opened anew. */
  renewPaths(): void {
    for (const path of this.#paths) path.renew();
    this.#channel.drop();
  }

  /**
   * Leaves, and waits until the server knows it. Media ends at once. Never rejects.
   *
   * @param canWait False where the page is on its way out.
   */
  async leave(canWait = true): Promise<void> {
    if (this.#isOver) return;
    this.#closeMedia();
    if (canWait && this.#channel.isConnected) {
      await this.#channel
        .request('room.leave', {}, LEAVE_TIMEOUT_MS)
        // The server hears it from the socket then.
        .catch((error: unknown) => reportFault('the server did not confirm that we left', error));
    }
    this.#channel.close();
  }

  /** Gives up what there is no way back into. Nothing is told. */
  end(): void {
    this.#closeMedia();
    this.#channel.close(true);
  }

  /** We may receive what we might not when we came: tracks follow the transport. Never rejects. */
  async #beginToReceive(): Promise<void> {
    try {
      await this.#receiver.get();
      this.#hooks.data.receive();
    } catch (error) {
      if (!this.#isOver) reportFault('nothing can be received', error);
    }
  }

  /** @param info Null where there was nothing to do with it: then it is opened when there is. */
  #openLate<T extends Transport>(
    direction: Params<'transport.open'>['direction'],
    info: TransportInfo | null,
    openTransport: (info: TransportInfo, hooks: TransportHooks) => T,
  ): Late<T> {
    return new Late(info ? this.#open(info, openTransport) : undefined, async () => {
      const answer = await this.#channel.request('transport.open', { direction });
      if (this.#isOver) throw new ConnectionError('cancelled');
      return this.#open(answer, openTransport);
    });
  }

  /** Opens a peer connection, and keeps it on a path to the server. */
  #open<T extends Transport>(
    info: TransportInfo,
    openTransport: (info: TransportInfo, hooks: TransportHooks) => T,
  ): T {
    const { transportId } = info;
    const path = new PathKeeper({
      restart: async () => {
        const answer = await this.#channel.request('transport.restartIce', { transportId });
        await transport.restartIce(answer.iceParameters);
      },
      countReceivedBytes: () => transport.countReceivedBytes(),
      // A network that takes no media at all takes none the next time either.
      onLost: (wasConnected) => this.#finish('media_failure', !wasConnected),
    });
    this.#paths.push(path);
    const transport = openTransport(info, {
      onConnect: (dtlsParameters) => {
        this.#channel
          .request('transport.connect', { transportId, dtlsParameters })
          .catch((error: unknown) => {
            if (this.#isOver) return;
            reportFault('the server did not take our media connection', error);
            this.#finish('media_failure', true);
          });
      },
      onState: (state) => path.changed(state),
    });
    return transport;
  }

  #finish(reason: DisconnectReason, isFinal: boolean): void {
    if (this.#isOver) return;
    this.end();
    this.#hooks.onEnded(reason, isFinal);
  }

  #closeMedia(): void {
    this.#isOver = true;
    for (const path of this.#paths) path.close();
    this.#hooks.data.end(this.dataLink);
    this.#publisher.close();
    this.#subscriber.close();
  }
}
