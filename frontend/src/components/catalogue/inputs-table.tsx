import { groupsOf, type InputField, inputText, rangeOf } from '@/forms/inputs'
import { Table, Td, Th, Tr } from '@/ui/table'

interface Props {
  fields: readonly InputField[]
  /** Present values; without them the table speaks of defaults. */
  values?: Record<string, unknown>
}

/** What an EA can be told, and what it is told now or by default. */
export function InputsTable({ fields, values }: Props) {
  return (
    <Table label="Inputs">
      <thead>
        <tr>
          <Th>Input</Th>
          <Th isNumber>{values ? 'Value' : 'Default'}</Th>
          {values && <Th isNumber>Default</Th>}
          <Th isNumber>Allowed</Th>
          <Th className="w-2/5 max-lg:hidden">What it does</Th>
        </tr>
      </thead>
      {groupsOf(fields).map(([group, members]) => (
        <tbody key={group}>
          <tr>
            <th
              scope="rowgroup"
              colSpan={5}
              className="px-4 pt-4 pb-1 text-left font-semibold text-ink text-xs"
            >
              {group}
            </th>
          </tr>
          {members.map(field => (
            <InputRow key={field.name} field={field} values={values} />
          ))}
        </tbody>
      ))}
    </Table>
  )
}

function InputRow({ field, values }: { field: InputField; values: Props['values'] }) {
  const value = values ? values[field.name] : field.default
  const isOwn = values !== undefined && value !== field.default
  const allowed = field.choices.length > 0 ? field.choices.join(', ') : rangeOf(field)
  return (
    <Tr>
      <Td>
        <span className="block whitespace-nowrap">{field.title}</span>
        <code className="text-2xs text-faint max-sm:hidden">{field.name}</code>
      </Td>
      <Td isNumber className={isOwn ? 'font-semibold text-accent' : 'font-medium'}>
        {inputText(field, value)}
      </Td>
      {values && (
        <Td isNumber className="text-faint">
          {inputText({ ...field, unit: '' }, field.default)}
        </Td>
      )}
      <Td isNumber className="text-muted">
        {allowed || '—'}
      </Td>
      <Td className="text-muted max-lg:hidden">{field.help}</Td>
    </Tr>
  )
}
