const PEOPLE = [
  { x: 96, hue: 28 },
  { x: 138, hue: 150 },
  { x: 180, hue: 205 },
  { x: 222, hue: 330 },
  { x: 264, hue: 260 },
];

/** A hall with people in it. Decoration. */
export function HallPicture() {
  return (
    <svg className="landing__hall" viewBox="0 0 360 190" aria-hidden="true">
      <path d="M12 104 128 44 150 12h60l22 32 116 60Z" fill="var(--wood)" />
      <path d="M128 44h104" stroke="var(--ground)" strokeWidth="4" opacity=".45" />
      <path d="M48 104v66M312 104v66" stroke="var(--wood)" strokeWidth="10" strokeLinecap="round" />
      {PEOPLE.map(({ x, hue }) => (
        <g key={x} fill={`hsl(${hue} 34% 58%)`}>
          <circle cx={x} cy="134" r="11" />
          <path d={`M${x - 17} 170a17 20 0 0 1 34 0Z`} />
        </g>
      ))}
      <path d="M24 174h312" stroke="var(--line-strong)" strokeWidth="6" strokeLinecap="round" />
    </svg>
  );
}
