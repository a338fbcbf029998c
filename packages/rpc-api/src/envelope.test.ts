// The frame around answers, as clients' decoders need it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultResponse, successResponse } from './envelope.ts'

const envelope = { format: 'json', requestId: '0ED8D006-F706-4D23-88ED-E11ED28DCAC0', endpoint: '127.0.0.1:8380' } as const

test('an error has five texts and its status', () => {
  const response = faultResponse({ status: 404, code: 'InvalidHaVipId.NotFound', message: 'No.' }, envelope)
  assert.equal(response.status, 404)
  assert.equal(response.headers['content-type'], 'application/json;charset=utf-8')
  assert.deepEqual(JSON.parse(response.body), {
    RequestId: envelope.requestId,
    HostId: '127.0.0.1:8380',
    Code: 'InvalidHaVipId.NotFound',
    Message: 'No.',
    Recommend: '',
  })
})
test('XML repeats the elements of a list under its name, and escapes', () => {
  const body = { HaVips: { HaVip: [{ Name: 'a<&>"\'' }, { Name: 'b\u0001' }] }, TotalCount: 2, Empty: { Tag: [] } }
  const response = successResponse('DescribeHaVips', body, { ...envelope, format: 'xml' })
  assert.equal(response.headers['content-type'], 'text/xml;charset=utf-8')
  assert.equal(
    response.body,
    '<?xml version="1.0" encoding="UTF-8"?>\n<DescribeHaVipsResponse><RequestId>0ED8D006-F706-4D23-88ED-E11ED28DCAC0</RequestId>' +
      '<HaVips><HaVip><Name>a&lt;&amp;&gt;&quot;&apos;</Name></HaVip><HaVip><Name>b\ufffd</Name></HaVip></HaVips>' +
      '<TotalCount>2</TotalCount><Empty></Empty></DescribeHaVipsResponse>',
  )
})
test('a throttled caller is told when to come back', () => {
  const response = faultResponse({ status: 400, code: 'Throttling.User', message: 'Slow.', retryAfterMs: 12.3 }, envelope)
  assert.equal(response.headers['x-acs-retry-after'], '13')
})
