// A queue's day in little: who came in each quarter of an hour and what became of them, and the day's service level so far above it.
import type { Bar } from './floor';

const width = 320;
const height = 56;
const kinds = ['prompt', 'late', 'abandoned', 'other'] as const;
const time = (at: number) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

export function DayChart({ bars, label }: { bars: Bar[]; label: string }) {
  const most = Math.max(4, ...bars.map((b) => kinds.reduce((n, k) => n + b[k], 0)));
  const step = width / bars.length;
  const came = bars.reduce((n, b) => n + kinds.reduce((m, k) => m + b[k], 0), 0);
  const points = bars.flatMap((b, n) => (b.level === null ? [] : [[(n + 0.5) * step, level(b.level)] as const]));
  return (
    <figure className="day">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${came} calls since ${time(bars[0]!.at)}`}
        data-testid="day-chart"
      >
        {bars.map((b, n) => {
          let y = height;
          return (
            <g key={b.at}>
              <title>{tell(b)}</title>
              <rect x={n * step} y={0} width={step} height={height} fill="transparent" />
              {kinds.map((k) => {
                const h = (b[k] / most) * (height - 2);
                y -= h;
                return (
                  h > 0 && (
                    <rect key={k} className={k} x={n * step + 0.5} y={y} width={Math.max(1, step - 1)} height={h} />
                  )
                );
              })}
            </g>
          );
        })}
        {points.length > 1 && (
          <polyline
            className="service"
            points={points.map((p) => p.join(',')).join(' ')}
            vectorEffect="non-scaling-stroke"
          />
        )}
      </svg>
      <figcaption>
        <span>{time(bars[0]!.at)}</span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}

const level = (percent: number) => 2 + (1 - percent / 100) * (height - 4);

function tell(b: Bar): string {
  const said = [
    `${b.prompt} answered in time`,
    b.late && `${b.late} later`,
    b.abandoned && `${b.abandoned} gave up`,
    b.other && `${b.other} wait or went elsewhere`,
    b.level !== null && `service level so far ${b.level} %`,
  ];
  return `${time(b.at)}: ${said.filter(Boolean).join(', ')}`;
}
