/** Keys as they are pressed, one after the other: `g r` shows two caps. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <span className="inline-flex gap-0.5">
      {keys.split(' ').map((key, place) => (
        <kbd
          // The same key may come twice, and the list never changes.
          key={`${key}${String(place)}`}
          className="inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-sm border border-line-strong bg-sunken px-1 font-sans text-2xs text-muted"
        >
          {key}
        </kbd>
      ))}
    </span>
  )
}
