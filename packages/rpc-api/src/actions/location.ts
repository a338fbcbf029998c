// Where the products are: all of them at the address the caller came to.
import { ok } from '@havip/base'
import { type Action, action } from '../action.ts'
import { text } from '../parameter.ts'

export const locationActions: readonly Action[] = [
  action({
    product: 'location',
    name: 'DescribeEndpoints',
    level: 'read',
    doc: 'Tells clients that were given no endpoint where to go: here.',
    parameters: { Id: text('Region.', 64), ServiceCode: text('Product, such as vpc.', 64), Type: text('openAPI.', 64) },
    errors: [],
    run: (input, { endpoint }) =>
      Promise.resolve(
        ok({
          Success: true,
          Endpoints: {
            Endpoint: [
              {
                Endpoint: endpoint,
                Type: input.Type ?? 'openAPI',
                Protocols: { Protocols: ['HTTP'] },
                Id: input.Id ?? '',
                ServiceCode: input.ServiceCode ?? '',
                SerivceCode: input.ServiceCode ?? '',
                Namespace: '',
              },
            ],
          },
        }),
      ),
  }),
]
