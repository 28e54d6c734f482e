import { describeMediaPlane } from '../media-plane.contract.ts';
import { createLocalMediaPlane } from './local-media-plane.ts';
import { TEST_WORKERS } from './test-workers.ts';

describeMediaPlane('the local media plane', (options) =>
  createLocalMediaPlane({ ...TEST_WORKERS, ...options }),
);
