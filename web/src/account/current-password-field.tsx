import { TextField } from '../ui/field.tsx';

/** Where the present password goes, which proves that it is still the same person. */
export function CurrentPasswordField({ label = 'Your password' }: { label?: string }) {
  return (
    <TextField
      label={label}
      name="currentPassword"
      type="password"
      autoComplete="current-password"
      required
      maxLength={200}
    />
  );
}
