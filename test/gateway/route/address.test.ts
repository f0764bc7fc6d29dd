import { describe, expect, test } from 'vitest'
import { isPrivateHost } from '../../../src/gateway/route/address.ts'

/** What the URL parser makes of a spelling is what is checked. */
function isPrivate(host: string): boolean {
  return isPrivateHost(new URL(`http://${host}/`).hostname)
}

describe('addresses that are refused', () => {
  test.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'app.localhost',
    'printer.local',
    'metadata.google.internal',
    'db',
    '127.0.0.1',
    '127.1',
    '0.0.0.0',
    '0',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a00:1]',
    '[::127.0.0.1]',
    '[fd00::1]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:db8::1]',
    '127。0。0。1',
  ])('%s', (host) => expect(isPrivate(host)).toBe(true))
})

describe('addresses that are public', () => {
  test.each([
    'api.openai.com',
    'api.openai.com.',
    '8.8.8.8',
    '172.32.0.1',
    '172.15.0.1',
    '11.0.0.1',
    '[2606:4700::1111]',
    '[::ffff:8.8.8.8]',
  ])('%s', (host) => expect(isPrivate(host)).toBe(false))
})
