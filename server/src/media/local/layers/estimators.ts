import type { types } from 'mediasoup';

/**
 * How the bandwidth of a subscriber's line is found: its browser tells when each
 * packet came (transport-cc), or what it believes the line to carry (REMB), or nothing.
 */
export type Estimator = 'transport-cc' | 'goog-remb' | 'none';

/**
 * For subscribers with layered video. REMB costs a quarter less (docs/performance.md), and does
 * not keep layers right: on a line that became too narrow Chromium went on reporting
 * several times what it carried for more than ten seconds, in which no picture
 * came; with transport-cc the layer was lowered within four.
 */
export const DEFAULT_ESTIMATOR: Estimator = 'transport-cc';

const EXTENSION_OF: Readonly<Record<string, Estimator>> = {
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01': 'transport-cc',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time': 'goog-remb',
};
const FEEDBACKS: readonly string[] = ['transport-cc', 'goog-remb'];

/**
 * Capabilities with one estimator and no other. Each packet and its feedback cost
 * time, so a track of which all or nothing is sent goes without: there is nothing
 * to decide. So does audio, which is sent whatever the line carries.
 *
 * @param kind Of what is consumed with it: the rest stays as it is.
 */
export function withEstimator(
  capabilities: types.RtpCapabilities,
  kind: types.MediaKind,
  estimator: Estimator,
): types.RtpCapabilities {
  const { codecs = [], headerExtensions = [] } = capabilities;
  const isLeft = ({ type }: types.RtcpFeedback) => type === estimator || !FEEDBACKS.includes(type);
  return {
    codecs: codecs.map((codec) =>
      codec.kind === kind
        ? { ...codec, rtcpFeedback: (codec.rtcpFeedback ?? []).filter(isLeft) }
        : codec,
    ),
    headerExtensions: headerExtensions.filter(
      (extension) =>
        extension.kind !== kind || (EXTENSION_OF[extension.uri] ?? estimator) === estimator,
    ),
  };
}
