import { type SendPlan, scalabilityMode } from './send-plan.ts';

/**
 * Sends the layers up to one, and none above it: what nobody receives is not
 * encoded. Another set of layers begins with a key frame, without negotiation.
 *
 * @param top Counted from 0, the smallest picture; null for none at all.
 */
export async function sendLayersUpTo(
  sender: RTCRtpSender,
  plan: SendPlan,
  top: number | null,
): Promise<void> {
  const parameters = sender.getParameters();
  parameters.encodings.forEach((encoding, index) => {
    const planned = plan.encodings[index];
    const isOneOfMany = parameters.encodings.length > 1;
    encoding.active = top !== null && (!isOneOfMany || index <= top);
    if (isOneOfMany || top === null || !planned?.spatialLayers) return;
    // All layers are in one stream: it is made of a smaller picture with fewer layers.
    const layers = Math.min(top + 1, planned.spatialLayers);
    const scale = 2 ** (planned.spatialLayers - layers);
    encoding.scaleResolutionDownBy = scale;
    encoding.maxBitrate = Math.round(planned.maxBitrate / scale ** 1.5);
    Object.assign(encoding, { scalabilityMode: scalabilityMode(layers) });
  });
  await sender.setParameters(parameters);
}
