import { useModeration, useStageInvitation } from '@balai/client/react';
import { useState } from 'react';
import { useStore } from '../app/store.ts';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import type { UnmuteRequest } from './moderation-store.ts';
import { thingOf } from './moderation-texts.ts';

/** What those who lead the meeting ask of somebody: to unmute, to come to the stage. */
export function ModeratorsQuestions() {
  const { moderation } = useMeeting();
  const { unmuteRequest } = useStore(moderation.state);
  const isInvited = useStageInvitation();
  if (isInvited) return <StageDialog />;
  return unmuteRequest === null ? null : <UnmuteDialog request={unmuteRequest} />;
}

/** Nobody's microphone opens by itself: they do it, or they do not. */
function UnmuteDialog({ request }: { request: UnmuteRequest }) {
  const meeting = useMeeting();
  const { source, by } = request;
  const close = () => meeting.moderation.endUnmuteRequest();

  function agree() {
    close();
    if (source === 'microphone') void meeting.toggleMicrophone();
    else if (source === 'camera') void meeting.toggleCamera();
    else void meeting.toggleScreenShare();
  }

  const isMicrophone = source === 'microphone';
  return (
    <Dialog
      title={isMicrophone ? `${by} asks you to unmute` : `${by} asks for your ${thingOf(source)}`}
      onClose={close}
    >
      <p>
        {isMicrophone
          ? 'The others hear you as soon as you agree.'
          : 'The others see it as soon as you agree.'}
      </p>
      <div className="dialog__buttons">
        <Button look="primary" onClick={agree}>
          {isMicrophone ? 'Unmute' : 'Turn on'}
        </Button>
        <Button look="quiet" onClick={close}>
          Not now
        </Button>
      </div>
    </Dialog>
  );
}

function StageDialog() {
  const { moderation } = useMeeting();
  const acts = useModeration();
  const [isBusy, setBusy] = useState(false);

  // The dialog goes when there is nothing to answer any more.
  async function answer(isComing: boolean) {
    setBusy(true);
    await moderation.attempt('Your answer did not arrive.', () =>
      isComing ? acts.acceptStage() : acts.declineStage(),
    );
    setBusy(false);
  }

  return (
    <Dialog title="Come to the stage?" onClose={() => void answer(false)}>
      <p>
        You are called up. On the stage you may speak and show yourself; microphone and camera stay
        off until you turn them on.
      </p>
      <div className="dialog__buttons">
        <Button look="primary" disabled={isBusy} onClick={() => void answer(true)}>
          Come to the stage
        </Button>
        <Button look="quiet" disabled={isBusy} onClick={() => void answer(false)}>
          Stay a listener
        </Button>
      </div>
    </Dialog>
  );
}
