// A stock node-opcua client against the server under test. It says one JSON object a line
// of what it sees, and goes on when a line comes in.
//
//	node peer.cjs URL FOLDER
//
// FOLDER has cert.pem and key.pem of this application, and user.pem and user-key.pem of
// a user; its own files of trust go to FOLDER/pki.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");
const ua = require("node-opcua-client");
const { OPCUACertificateManager } = require("node-opcua-certificate-manager");

const [url, folder] = process.argv.slice(2);
const say = (what, value) => console.log(JSON.stringify({ what, value }));
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const wait = () => lines.next();
const secure = { securityMode: ua.MessageSecurityMode.SignAndEncrypt, securityPolicy: ua.SecurityPolicy.Basic256Sha256 };
const id = (name) => "ns=2;s=" + name;

function connect(options) {
  return ua.OPCUAClient.create({
    applicationName: "peer",
    applicationUri: "urn:test:client",
    certificateFile: path.join(folder, "cert.pem"),
    privateKeyFile: path.join(folder, "key.pem"),
    clientCertificateManager: new OPCUACertificateManager({ rootFolder: path.join(folder, "pki"), automaticallyAcceptUnknownCertificate: true }),
    connectionStrategy: { maxRetry: 100, initialDelay: 50, maxDelay: 200 },
    keepSessionAlive: true,
    ...secure,
    ...options,
  });
}

async function session(client, user) {
  await client.connect(url);
  return client.createSession(user);
}

const operator = { type: ua.UserTokenType.UserName, userName: "op", password: "secret" };

async function tree(s, node, depth) {
  const out = {};
  if (depth === 0) return out;
  const found = await s.browse({ nodeId: node, referenceTypeId: "HierarchicalReferences", includeSubtypes: true, browseDirection: ua.BrowseDirection.Forward, resultMask: 63 });
  for (const r of found.references) out[r.browseName.name] = await tree(s, r.nodeId.toString(), depth - 1);
  return out;
}

const value = async (s, node) => {
  const v = await s.read({ nodeId: node, attributeId: ua.AttributeIds.Value });
  return { value: v.value.value, type: ua.DataType[v.value.dataType], status: v.statusCode.name, source: v.sourceTimestamp && v.sourceTimestamp.toISOString() };
};

const write = async (s, name, dataType, v) => (await s.write({ nodeId: id(name), attributeId: ua.AttributeIds.Value, value: { value: { dataType, value: v } } })).name;

async function main() {
  let client = connect({});
  let s = await session(client, operator);
  say("tree", await tree(s, "ns=2;i=1", 5));
  say("position", await value(s, id("belt.position")));
  say("state", await value(s, id("plc.state")));
  say("never", await value(s, id("eye.blocked")));
  const unit = (await s.read({ nodeId: id("belt.position/EngineeringUnits"), attributeId: ua.AttributeIds.Value })).value.value;
  say("unit", { id: unit.unitId, name: unit.displayName.text, namespace: unit.namespaceUri });
  const range = (await s.read({ nodeId: id("belt.position/EURange"), attributeId: ua.AttributeIds.Value })).value.value;
  say("range", [range.low, range.high]);
  const type = (await s.read({ nodeId: id("plc.state"), attributeId: ua.AttributeIds.DataType })).value.value;
  say("builtin", ua.DataType[await s.getBuiltInDataType(id("plc.state"))]);
  const names = (await s.read({ nodeId: type.toString() + "/EnumValues", attributeId: ua.AttributeIds.Value })).value.value;
  say("states", names.map((v) => [v.value[1], v.displayName.text]));
  const definition = (await s.read({ nodeId: type, attributeId: ua.AttributeIds.DataTypeDefinition })).value.value;
  say("definition", definition.fields.length);
  say("server", [(await value(s, "i=2259")).value, (await s.readNamespaceArray()).length]);
  const found = await s.translateBrowsePath(ua.makeBrowsePath("i=85", "/2:Line/2:gate.2:arm.2:width"));
  say("path", found.targets.map((t) => t.targetId.toString()));
  say("writes", [
    await write(s, "belt.speed", ua.DataType.Float, 250),
    await write(s, "belt.speed", ua.DataType.String, "fast"),
    await write(s, "belt.limit", ua.DataType.Int32, 1),
    await write(s, "plc.state", ua.DataType.Int32, 2),
    await write(s, "plc.wanted", ua.DataType.Int32, 4),
    await write(s, "plc.wanted", ua.DataType.Int32, 3),
  ]);
  await s.close();
  await client.disconnect();

  client = connect({});
  s = await session(client, { type: ua.UserTokenType.Certificate, certificateData: der("user.pem"), privateKey: fs.readFileSync(path.join(folder, "user-key.pem"), "utf8") });
  say("certificate", await write(s, "gate.open", ua.DataType.Boolean, true));
  await s.close();
  await client.disconnect();

  // A subscription with a deadband, which outlives the server.
  client = connect({ requestedSessionTimeout: 60000 });
  client.on("connection_reestablished", () => say("reconnected", true));
  s = await session(client, operator);
  const sub = await s.createSubscription2({ requestedPublishingInterval: 50, requestedLifetimeCount: 1000, requestedMaxKeepAliveCount: 10, maxNotificationsPerPublish: 100, publishingEnabled: true, priority: 1 });
  const monitor = async (name, filter) => {
    const item = await sub.monitor({ nodeId: id(name), attributeId: ua.AttributeIds.Value }, { samplingInterval: 10, discardOldest: true, queueSize: 100, filter }, ua.TimestampsToReturn.Both);
    item.on("changed", (v) => say(name, v.value.value));
  };
  await monitor("belt.position", new ua.DataChangeFilter({ trigger: ua.DataChangeTrigger.StatusValue, deadbandType: ua.DeadbandType.Absolute, deadbandValue: 5 }));
  await monitor("belt.count");
  await wait();
  await sub.terminate();
  await s.close();
  await client.disconnect();
  say("done", true);
  process.exit(0);
}

const der = (name) => Buffer.from(fs.readFileSync(path.join(folder, name), "utf8").replace(/-----[^-]+-----|\s/g, ""), "base64");

main().catch((e) => {
  console.error(e.stack || e.message);
  process.exit(1);
});
