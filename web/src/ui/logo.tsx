/** The roof and pillars of a balai, with the name beside it. */
export function Logo() {
  return (
    <>
      <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
        <path d="M3 17 12 8h8l9 9Z" fill="var(--wood)" />
        <path
          d="M8 17v9M13.5 17v9M18.5 17v9M24 17v9"
          stroke="var(--wood)"
          strokeWidth="2.6"
          strokeLinecap="round"
        />
      </svg>
      <span>Balai</span>
    </>
  );
}
