// Reads a recording as Foxglove does, with the same libraries, and prints what it saw
// as JSON: node foxglove.cjs FOLDER FILE, where FOLDER has node_modules with
// @mcap/core and @mcap/support.
const { createRequire } = require("module");
const fs = require("fs");
const path = require("path");

const [folder, file] = process.argv.slice(2);
const from = createRequire(path.join(path.resolve(folder), "here.js"));
const { McapStreamReader, McapIndexedReader } = from("@mcap/core");
const { loadDecompressHandlers, protobufFromBinaryDescriptor } = from("@mcap/support");

const text = (_, v) => (typeof v === "bigint" ? v.toString() : v);

async function main() {
  const bytes = fs.readFileSync(file);
  const decompressHandlers = await loadDecompressHandlers();

  // From front to back, with checksums.
  const stream = new McapStreamReader({ decompressHandlers, validateCrcs: true });
  stream.append(bytes);
  let streamed = 0;
  for (let r; (r = stream.nextRecord()); ) streamed += r.type === "Message" ? 1 : 0;

  // By the index, in the order of time.
  const reader = await McapIndexedReader.Initialize({
    readable: {
      size: async () => BigInt(bytes.length),
      read: async (offset, size) => new Uint8Array(bytes.subarray(Number(offset), Number(offset + size))),
    },
    decompressHandlers,
  });
  const types = new Map();
  for (const [id, s] of reader.schemasById) {
    if (s.encoding === "protobuf") types.set(id, protobufFromBinaryDescriptor(s.data).lookupType(s.name));
    else JSON.parse(new TextDecoder().decode(s.data));
  }
  let indexed = 0, ordered = true, last = 0n;
  const topics = {};
  for await (const m of reader.readMessages()) {
    indexed++;
    ordered &&= m.logTime >= last;
    last = m.logTime;
    const ch = reader.channelsById.get(m.channelId);
    const type = types.get(ch.schemaId);
    const data = type
      ? type.toObject(type.decode(m.data), { longs: String, bytes: String, enums: String })
      : JSON.parse(new TextDecoder().decode(m.data));
    (topics[ch.topic] ??= []).push({ at: m.logTime, schema: reader.schemasById.get(ch.schemaId).name, data });
  }
  console.log(JSON.stringify({ done: stream.done(), streamed, indexed, ordered, topics }, text));
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
