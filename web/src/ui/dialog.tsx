import { type ReactNode, useEffect, useId, useRef } from 'react';

/**
 * A modal dialog. The browser keeps the focus inside, closes it on Escape and
 * gives the focus back.
 */
export function Dialog(props: { title: string; onClose: () => void; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const dialog = ref.current;
    const opener = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);

  return (
    <dialog
      ref={ref}
      className="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <h2 className="dialog__title" id={titleId}>
        {props.title}
      </h2>
      {props.children}
    </dialog>
  );
}
