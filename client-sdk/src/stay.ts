import type {
  ChatMessage,
  DisconnectReason,
  Joined,
  RoomChange,
  ServerMessage,
  TrackId,
} from '@balai/protocol';
import { ChatFiles } from './chat-files.ts';
import type { MediaEngine, TransportHooks, TransportOptions } from './media/media-engine.ts';
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
  /** Our own role is another one. */
  readonly onRole: (message: ServerMessage<'roleChanged'>) => void;
  /** Once, unless we left ourselves. */
  readonly onEnded: (reason: DisconnectReason) => void;
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

/** A leaving client waits no longer than this for the server's word. */
const LEAVE_TIMEOUT_MS = 2_000;

/** One stay in a room, from `joined` to the end of the socket: signalling and both peer connections. */
export class Stay {
  readonly joined: Joined;
  readonly files: ChatFiles;
  readonly #channel: SignalChannel;
  readonly #publisher: TransportPublisher;
  readonly #subscriber: Subscriber;
  readonly #hooks: StayHooks;
  #isOver = false;

  constructor(parts: StayParts, hooks: StayHooks) {
    const { joined, channel, engine, transportOptions } = parts;
    this.joined = joined;
    this.#channel = channel;
    this.#hooks = hooks;
    const { sendTransport, receiveTransport } = joined;
    const request: SignalChannel['request'] = (method, params) => channel.request(method, params);
    this.files = new ChatFiles(parts.serverUrl, joined.room.id, request);
    this.#publisher = new TransportPublisher(
      sendTransport
        ? engine.openSender(sendTransport, transportOptions, this.#transportHooks(sendTransport))
        : undefined,
      request,
    );
    this.#subscriber = new Subscriber(
      receiveTransport
        ? engine.openReceiver(
            receiveTransport,
            transportOptions,
            this.#transportHooks(receiveTransport),
          )
        : undefined,
      request,
      hooks,
    );
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
    roleChanged: (message) => this.#hooks.onRole(message),
    goodbye: ({ reason }) => this.#end(reason),
    closed: () => this.#end('signal_close'),
  };

  /** Receives what `joined` brought. */
  begin(): void {
    void this.#subscriber.begin(this.joined.subscriptions);
  }

  /** Ends the reception of a track that is gone. */
  endTrack(trackId: TrackId): void {
    this.#subscriber.endTrack(trackId);
  }

  /** Leaves, and waits until the server knows it. Media ends at once. Never rejects. */
  async leave(): Promise<void> {
    if (this.#isOver) return;
    this.#closeMedia();
    await this.#channel
      .request('room.leave', {}, LEAVE_TIMEOUT_MS)
      // The server hears it from the socket then.
      .catch((error: unknown) => reportFault('the server did not confirm that we left', error));
    this.#channel.close();
  }

  #transportHooks({ transportId }: { readonly transportId: string }): TransportHooks {
    const onFailed = () => this.#end('media_failure');
    return {
      onConnect: (dtlsParameters) => {
        this.#channel
          .request('transport.connect', { transportId, dtlsParameters })
          .catch((error: unknown) => {
            if (this.#isOver) return;
            reportFault('the server did not take our media connection', error);
            onFailed();
          });
      },
      onFailed,
    };
  }

  #end(reason: DisconnectReason): void {
    if (this.#isOver) return;
    this.#closeMedia();
    this.#channel.close();
    this.#hooks.onEnded(reason);
  }

  #closeMedia(): void {
    this.#isOver = true;
    this.#publisher.close();
    this.#subscriber.close();
  }
}
