import type {
  ChatMessage,
  DisconnectReason,
  Joined,
  NeededLayer,
  RoomChange,
  ServerMessage,
  Snapshot,
  Speaker,
  TransportInfo,
} from '@balai/protocol';
import { ChatFiles } from './chat-files.ts';
import type { DataLink } from './data/data-link.ts';
import type { RoomData } from './data/room-data.ts';
import type { MediaEngine, TransportOptions } from './media/media-engine.ts';
import { type Publisher, TransportPublisher } from './media/publisher.ts';
import { StayTransports } from './media/stay-transports.ts';
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
  readonly data: Pick<
    RoomData,
    'isWanted' | 'begin' | 'receive' | 'tell' | 'move' | 'arrived' | 'end'
  >;
  /** What we publish is to be published in another place too. Rejects where that fails. */
  readonly onMoving: () => Promise<void>;
  /** Somebody muted or ended a track of ours. */
  readonly onTrackModerated: (message: ServerMessage<'trackModerated'>) => void;
  /** We belong into another room. */
  readonly onMoved: (message: ServerMessage<'moved'>) => void;
  /** The server said something that was taken note of. */
  readonly onHeard: StayListeners['heard'];
  /** The stay goes on with another server process: how things are now, besides our media. */
  readonly onRestored: (snapshot: Snapshot) => void;
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

/** Where media was before it moved. */
interface Former {
  readonly transports: StayTransports;
  readonly publisher: TransportPublisher;
  closing?: ReturnType<typeof setTimeout>;
}

/** How a stay ends that the person wants to go on with. */
const UNWANTED: ReadonlySet<DisconnectReason> = new Set([
  'signal_close',
  'server_shutdown',
  'media_failure',
]);
/** A leaving client waits no longer than this for the server's word. */
const LEAVE_TIMEOUT_MS = 2_000;
/** The server ends what we leave 3 s after we have said that we are there. */
const OVERLAP_MS = 3_000;

/** One stay in a room, from `joined` to its end: signalling and both peer connections. */
export class Stay {
  readonly joined: Joined;
  readonly files: ChatFiles;
  readonly #parts: StayParts;
  readonly #channel: SignalChannel;
  readonly #subscriber: Subscriber;
  readonly #hooks: StayHooks;
  #transports: StayTransports;
  #publisher: TransportPublisher;
  #dataLink: DataLink;
  /** Of the place that media is leaving. */
  #former: Former | undefined;
  #isOver = false;

  constructor(parts: StayParts, hooks: StayHooks) {
    const { joined, channel } = parts;
    this.#parts = parts;
    this.joined = joined;
    this.#channel = channel;
    this.#hooks = hooks;
    this.files = new ChatFiles(parts.serverUrl, joined.room.id, this.request);
    this.#transports = this.#openTransports(joined.sendTransport, joined.receiveTransport);
    const { sender, receiver } = this.#transports;
    this.#publisher = new TransportPublisher(sender, this.request, joined.room.videoCodecs);
    this.#subscriber = new Subscriber(receiver, this.request, hooks);
    this.#dataLink = this.#linkFor(this.#transports, joined.dataReception);
  }

  /** Whether there is a socket. */
  get isSignalled(): boolean {
    return this.#channel.isConnected;
  }

  get publisher(): Publisher {
    return this.#publisher;
  }

  /** What data goes over now. */
  get dataLink(): DataLink {
    return this.#dataLink;
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
    mediaMoving: (message) => void this.#move(message),
    heard: (event, message) => this.#hooks.onHeard(event, message),
    restored: (snapshot) => {
      this.#hooks.onRestored(snapshot);
      this.#subscriber.restore(snapshot.subscriptions);
    },
    goodbye: ({ reason }) => this.#finish(reason, !UNWANTED.has(reason)),
    lost: () => {
      this.#transports.suspect();
      this.#hooks.onSignalLost();
    },
  };

  /** Receives what `joined` brought. */
  begin(): void {
    void this.#subscriber.begin(this.joined.subscriptions);
    this.#hooks.data.begin(this.#dataLink);
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
    this.#transports.verify();
  }

  /** The network is another one: both ways to the server are opened anew. */
  renewPaths(): void {
    this.#transports.renew();
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
        .catch((error: unknown) => reportFault('leaving was not confirmed', error));
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
      await this.#transports.receiver.get();
      this.#hooks.data.receive();
    } catch (error) {
      if (!this.#isOver) reportFault('nothing can be received', error);
    }
  }

  /**
   * Our media goes on in another place (SPEC 19): there is everything twice until what is new
   * delivers. Never rejects: where it fails what was before goes on, until the server ends the stay.
   */
  async #move(offer: ServerMessage<'mediaMoving'>): Promise<void> {
    // Who is sent on before having arrived has left the first place long ago.
    this.#leaveFormer();
    const former: Former = { transports: this.#transports, publisher: this.#publisher };
    this.#former = former;
    former.transports.leavePaths();
    const { moveId, sendTransport, receiveTransport, subscriptions, dataReception } = offer;
    const transports = this.#openTransports(sendTransport, receiveTransport);
    const { sender, receiver } = transports;
    this.#transports = transports;
    this.#publisher = new TransportPublisher(sender, this.request, this.joined.room.videoCodecs);
    this.#dataLink = this.#linkFor(transports, dataReception);
    try {
      await Promise.all([
        this.#subscriber.move(receiver, subscriptions),
        this.#hooks.onMoving(),
        this.#hooks.data.move(this.#dataLink),
      ]);
      if (this.#isOver || this.#transports !== transports) return;
      await this.request('media.moved', { moveId });
      // Others may not have followed yet.
      former.closing = setTimeout(() => {
        if (this.#former === former) this.#leaveFormer();
      }, OVERLAP_MS);
    } catch (error) {
      if (!this.#isOver) reportFault('media was not moved', error);
    }
  }

  #leaveFormer(): void {
    const former = this.#former;
    this.#former = undefined;
    if (!former) return;
    clearTimeout(former.closing);
    former.publisher.close();
    former.transports.close();
    this.#hooks.data.arrived();
  }

  #openTransports(send: TransportInfo | null, receive: TransportInfo | null): StayTransports {
    const { engine, transportOptions: options } = this.#parts;
    return new StayTransports({
      send,
      receive,
      engine,
      options,
      request: this.request,
      onLost: (isFinal) => this.#finish('media_failure', isFinal),
    });
  }

  #linkFor({ sender, receiver }: StayTransports, reception: DataLink['reception']): DataLink {
    return {
      request: (method, params, timeoutMs) => this.#channel.request(method, params, timeoutMs),
      sender,
      receiver,
      reception,
    };
  }

  #finish(reason: DisconnectReason, isFinal: boolean): void {
    if (this.#isOver) return;
    this.end();
    this.#hooks.onEnded(reason, isFinal);
  }

  #closeMedia(): void {
    this.#isOver = true;
    this.#hooks.data.end();
    this.#leaveFormer();
    this.#publisher.close();
    this.#subscriber.close();
    this.#transports.close();
  }
}
