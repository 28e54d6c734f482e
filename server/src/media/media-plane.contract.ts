import { afterEach, beforeEach, describe } from 'vitest';
import { describeAudioLevels } from './contract/audio-levels.contract.ts';
import { describeChanging } from './contract/changing.contract.ts';
import { describeCodecs } from './contract/codecs.contract.ts';
import { describeData } from './contract/data.contract.ts';
import { describeForwarding } from './contract/forwarding.contract.ts';
import { describeJoining } from './contract/joining.contract.ts';
import { describeLayers } from './contract/layers.contract.ts';
import { describeLines } from './contract/lines.contract.ts';
import { describeMediaFlow } from './contract/media-flow.contract.ts';
import { describeNarrowLine } from './contract/narrow-line.contract.ts';
import { type MakePlane, PlaneScene } from './contract/plane-scene.contract.ts';
import { describeRequests } from './contract/requests.contract.ts';
import { describeSpreading } from './contract/spreading.contract.ts';
import { describeWorkerLoss } from './contract/worker-loss.contract.ts';

/**
 * What every media plane does, with real clients over ICE, DTLS and SRTP. The
 * workers run on this machine: some tests kill them.
 *
 * @param spread Whether the plane puts each newcomer of a room on the worker that has the
 * fewest of the room, so that everything goes through pipes, or all of a small room on one.
 */
export function describeMediaPlane(
  name: string,
  makePlane: MakePlane,
  spread: 'over all workers' | 'on one worker' = 'on one worker',
): void {
  describe(`${name}, as a media plane`, () => {
    const scene = new PlaneScene(makePlane, spread === 'over all workers');
    beforeEach(() => scene.open());
    afterEach(() => scene.close());

    describeMediaFlow(scene);
    describeLayers(scene);
    describeNarrowLine(scene);
    describeCodecs(scene);
    describeLines(scene);
    describeAudioLevels(scene);
    describeJoining(scene);
    describeRequests(scene);
    describeData(scene);
    describeChanging(scene);
    describeForwarding(scene);
    describeSpreading(scene);
    describeWorkerLoss(scene);
  });
}
