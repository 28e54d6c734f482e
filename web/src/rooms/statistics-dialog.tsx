import { useEffect, useState } from 'react';
import { type Failure, toFailure } from '../app/failure.ts';
import { textOfDuration, textOfMoment } from '../app/moments.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { Figures } from '../ui/figures.tsx';
import type { ListedRoom } from './room-summary.ts';
import type { RoomStatistics, RoomsStore } from './rooms-store.ts';

interface StatisticsDialogProps {
  readonly store: RoomsStore;
  readonly room: ListedRoom;
  readonly onClose: () => void;
}

/** Figures of a meeting that is over. */
export function StatisticsDialog({ store, room, onClose }: StatisticsDialogProps) {
  const [statistics, setStatistics] = useState<RoomStatistics | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    store
      .readStatistics(room.id)
      .then(setStatistics)
      .catch((error: unknown) => setFailure(toFailure(error)));
  }, [store, room.id]);

  return (
    <Dialog title={`Statistics of ${room.name}`} onClose={onClose}>
      {failure !== null && <FailureAlert failure={failure} />}
      {failure === null && statistics === null && <p role="status">Counting…</p>}
      {statistics !== null && <Figures figures={figuresOf(statistics)} />}
      <div className="dialog__buttons">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}

function figuresOf(statistics: RoomStatistics): readonly (readonly [string, string])[] {
  const { averageDurationSeconds, firstJoinedAt, lastLeftAt } = statistics;
  return [
    ['People', String(statistics.totalParticipants)],
    ['Stays', String(statistics.totalParticipations)],
    [
      'Average stay',
      averageDurationSeconds === null ? '–' : textOfDuration(averageDurationSeconds),
    ],
    ['First came', firstJoinedAt === null ? '–' : textOfMoment(firstJoinedAt)],
    ['Last left', lastLeftAt === null ? '–' : textOfMoment(lastLeftAt)],
  ];
}
