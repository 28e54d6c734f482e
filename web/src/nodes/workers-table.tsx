import type { MediaWorker } from './node-types.ts';
import { textOfBitrate, textOfBytes, textOfShare } from './units.ts';

/** The workers of a node. On a narrow screen it is scrolled sideways, by itself. */
export function WorkersTable(props: { nodeId: string; workers: readonly MediaWorker[] }) {
  const { nodeId, workers } = props;
  const title = `Workers of ${nodeId}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it no keyboard can scroll it
    <section className="workers" aria-label={title} tabIndex={0}>
      <table>
        <caption className="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Worker</th>
            <th scope="col" className="workers__wide">
              Load
            </th>
            <th scope="col">CPU</th>
            <th scope="col">Memory</th>
            <th scope="col">Rooms</th>
            <th scope="col">Tracks out</th>
            <th scope="col">Pipes</th>
            <th scope="col">In</th>
            <th scope="col">Out</th>
            <th scope="col">Restarts</th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={worker.slot}>
              <th scope="row">{worker.slot + 1}</th>
              <td className="workers__wide">
                <LoadBar load={worker.load} isBusy={worker.isBusy} />
              </td>
              <td>{textOfShare(worker.cpu)}</td>
              <td>{textOfBytes(worker.memoryBytes)}</td>
              <td>{worker.routers}</td>
              <td>{worker.consumers}</td>
              <td>{worker.pipes}</td>
              <td>{textOfBitrate(worker.incomingBps)}</td>
              <td>{textOfBitrate(worker.outgoingBps)}</td>
              <td>{worker.restarts}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function LoadBar({ load, isBusy }: { load: number; isBusy: boolean }) {
  return (
    <span className={isBusy ? 'load load--busy' : 'load'}>
      <span className="load__track" aria-hidden="true">
        <span className="load__bar" style={{ inlineSize: `${Math.min(1, load) * 100}%` }} />
      </span>
      {textOfShare(load)}
      {isBusy && <span className="visually-hidden"> busy</span>}
    </span>
  );
}
