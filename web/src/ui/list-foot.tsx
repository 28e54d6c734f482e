import type { ListState, PagedList } from '../app/paged-list.ts';
import { Button } from './button.tsx';
import { FailureAlert } from './failure-alert.tsx';

/** Under a list: what went wrong, and the way to what is not here yet. */
export function ListFoot<T extends { readonly id: string }>(props: {
  list: PagedList<T>;
  state: ListState<T>;
}) {
  const { list, state } = props;
  if (state.failure !== null) {
    const retry = () => (state.items.length === 0 ? list.load() : list.loadMore());
    return (
      <div className="form">
        <FailureAlert failure={state.failure} />
        <Button look="quiet" onClick={() => void retry()}>
          Try again
        </Button>
      </div>
    );
  }
  if (state.nextCursor === null) return null;
  return (
    <Button look="quiet" onClick={() => void list.loadMore()}>
      Show more
    </Button>
  );
}
