import { describe, expect, it } from 'vitest';
import { type Page, PagedList, pageQuery } from './paged-list.ts';

interface Item {
  readonly id: string;
  readonly text?: string;
}

const page = (ids: string, nextCursor: string | null = null): Page<Item> => ({
  items: [...ids].map((id) => ({ id })),
  nextCursor,
});
const idsOf = (list: PagedList<Item>) =>
  list.state
    .get()
    .items.map(({ id }) => id)
    .join('');

describe('a list that comes in pages', () => {
  it('grows page by page, and knows where it ends', async () => {
    const asked: (string | null)[] = [];
    const list = new PagedList<Item>(async (cursor) => {
      asked.push(cursor);
      return cursor === null ? page('ab', 'c1') : page('cd');
    });
    await list.load();
    expect(list.state.get()).toMatchObject({ status: 'ready', nextCursor: 'c1' });
    await list.loadMore();
    expect(idsOf(list)).toBe('abcd');
    expect(list.state.get().nextCursor).toBeNull();
    expect(asked).toEqual([null, 'c1']);
  });

  it('has nothing twice when something came first meanwhile', async () => {
    const list = new PagedList<Item>(async (cursor) =>
      cursor === null ? page('ab', 'c') : page('bc'),
    );
    await list.load();
    list.addFirst({ id: 'n' });
    await list.loadMore();
    expect(idsOf(list)).toBe('nabc');
  });

  it('keeps what it has when a page fails, and goes on there', async () => {
    let fails = true;
    const list = new PagedList<Item>(async (cursor) => {
      if (cursor === null) return page('a', 'c1');
      if (fails) throw Object.assign(new Error('gone'), { code: 'unreachable' });
      return page('b');
    });
    await list.load();
    await list.loadMore();
    expect(list.state.get()).toMatchObject({ status: 'failed', failure: { code: 'unreachable' } });
    expect(idsOf(list)).toBe('a');
    fails = false;
    await list.loadMore();
    expect(list.state.get()).toMatchObject({ status: 'ready', failure: null });
    expect(idsOf(list)).toBe('ab');
  });

  it('takes no page of a load that was overtaken', async () => {
    const answers: ((page: Page<Item>) => void)[] = [];
    const list = new PagedList<Item>(() => new Promise((resolve) => answers.push(resolve)));
    const loads = [list.load(), list.load()];
    answers[1]?.(page('new'));
    answers[0]?.(page('old'));
    await Promise.all(loads);
    expect(idsOf(list)).toBe('new');
  });

  it('changes in place', async () => {
    const list = new PagedList<Item>(async () => page('abc'));
    await list.load();
    list.replace({ id: 'b', text: 'changed' });
    list.remove('a');
    list.addFirst({ id: 'c' });
    expect(list.state.get().items).toEqual([{ id: 'c' }, { id: 'b', text: 'changed' }]);
  });
});

describe('the query of a page', () => {
  it('names the cursor only where there is one', () => {
    expect(pageQuery(null)).toBe('');
    expect(pageQuery('a b')).toBe('?cursor=a+b');
    expect(pageQuery('c', { list: 'past' })).toBe('?list=past&cursor=c');
  });
});
