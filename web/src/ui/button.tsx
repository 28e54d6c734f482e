import type { ComponentProps } from 'react';

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: 'primary' | 'danger' | 'quiet' | 'link';
  readonly size?: 'small' | 'icon';
}

/** A button that submits nothing unless told so. */
export function Button({ look, size, className, type = 'button', ...rest }: ButtonProps) {
  const classes = ['button', look && `button--${look}`, size && `button--${size}`, className];
  return <button {...rest} type={type} className={classes.filter(Boolean).join(' ')} />;
}
