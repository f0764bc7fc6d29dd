import type { BodyDocument, RequestRow } from '../../../../src/contracts/api/requests.ts'
import { Section } from './section.tsx'

export function HeadersView({ body, row }: { body: BodyDocument; row: RequestRow }) {
  return (
    <div className="pb-10" data-testid="headers">
      <Section title="Sent to">
        <p className="font-mono text-xs [overflow-wrap:anywhere] text-ink">
          {row.heliograph.method} {row.target_url}
        </p>
      </Section>
      <Section title="Request headers">
        <HeaderTable headers={body.heliograph.request_headers} />
      </Section>
      <Section title="Response headers">
        <HeaderTable headers={body.heliograph.response_headers} />
      </Section>
      <p className="px-5 pt-4 text-xs text-faint">
        Credentials are replaced before anything is stored.
      </p>
    </div>
  )
}

function HeaderTable({ headers }: { headers: Record<string, string> }) {
  const entries = Object.entries(headers).toSorted(([a], [b]) => a.localeCompare(b))
  if (entries.length === 0) return <p className="text-sm text-faint">None were kept.</p>
  return (
    <table className="w-full table-fixed border-y border-line/70 font-mono text-xs">
      <tbody>
        {entries.map(([name, value]) => (
          <tr key={name} className="border-b border-line/70 align-top last:border-b-0">
            <th
              scope="row"
              className="w-2/5 py-1.5 pr-4 text-left font-normal [overflow-wrap:anywhere] text-muted"
            >
              {name}
            </th>
            <td className="py-1.5 [overflow-wrap:anywhere] text-ink">
              {value === '[redacted]' ? <span className="text-faint">redacted</span> : value}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
