// Runs before the script is loaded, in any Node: the scripts are TypeScript, which Node runs by itself from 22.18 on.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Heliograph needs Node 22.18 or newer and found ${process.versions.node}: \`npm ci\` brings its own Node on Linux and on Apple silicon, elsewhere install one from https://nodejs.org.`,
  )
  process.exit(1)
}
