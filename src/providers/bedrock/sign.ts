/**
 * Signs a call to Bedrock (AWS Signature Version 4) when the caller hands over AWS keys as `aws-access-key`,
 * `aws-secret-key` and, for temporary ones, `aws-session-token`. A bearer token of Bedrock's own passes as it is.
 * The client's own signature cannot survive, because it names the gateway's host.
 */
import { AwsClient } from 'aws4fetch'

const KEY_HEADERS = ['aws-access-key', 'aws-secret-key', 'aws-session-token'] as const

/** The request to send; the AWS keys are taken out of its headers either way. */
export async function signBedrock(url: URL, init: RequestInit): Promise<Request> {
  const headers = new Headers(init.headers)
  const [accessKeyId, secretAccessKey, sessionToken] = KEY_HEADERS.map((name) => headers.get(name))
  for (const name of KEY_HEADERS) headers.delete(name)
  if (!accessKeyId || !secretAccessKey) return new Request(url, { ...init, headers })
  headers.delete('authorization')
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken ? { sessionToken } : {}),
    service: 'bedrock',
    region: /bedrock-runtime\.([a-z0-9-]+)\./.exec(url.hostname)?.[1] ?? 'us-east-1',
    retries: 0,
  })
  // The signature covers a hash of the body, so a signed body is the one that must be read whole.
  const body =
    init.body instanceof ReadableStream ? await new Response(init.body).arrayBuffer() : init.body
  const signed = await client.sign(url, { ...init, headers, body: body ?? null })
  return new Request(signed, { redirect: 'manual', encodeResponseBody: 'manual' })
}
