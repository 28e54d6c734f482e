import type { Failure } from '../app/failure.ts';
import { textOfFailure } from '../app/failure-texts.ts';

/** Says in place what went wrong; screen readers say it at once. */
export function FailureAlert({ failure }: { failure: Failure }) {
  const { title, text } = textOfFailure(failure);
  return (
    <div className="alert" role="alert" data-code={failure.code}>
      <p className="alert__title">{title}</p>
      <p>{text}</p>
    </div>
  );
}
