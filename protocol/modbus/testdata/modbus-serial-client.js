// Puts modbus-serial before a gateway that has the bank of libmodbus-test-mode.json:
// modbus-serial-client.js HOST PORT
const assert = require("node:assert");
const ModbusRTU = require("modbus-serial");

const [coils, inputBits, holding, input] = [0x130, 0x1c4, 0x160, 0x108];

async function run(host, port) {
	const client = new ModbusRTU();
	await client.connectTCP(host, { port });
	client.setID(17);
	client.setTimeout(5000);

	await client.writeCoil(coils, true);
	assert.strictEqual((await client.readCoils(coils, 1)).data[0], true);
	const pattern = Array.from({ length: 37 }, (_, i) => i % 3 === 0);
	await client.writeCoils(coils, pattern);
	assert.deepStrictEqual((await client.readCoils(coils, 37)).data.slice(0, 37), pattern);
	const bits = [0xac, 0xdb, 0x35].flatMap((byte) => Array.from({ length: 8 }, (_, i) => ((byte >> i) & 1) === 1));
	assert.deepStrictEqual((await client.readDiscreteInputs(inputBits, 22)).data.slice(0, 22), bits.slice(0, 22));
	await client.writeRegister(holding, 0x1234);
	assert.deepStrictEqual((await client.readHoldingRegisters(holding, 1)).data, [0x1234]);
	const values = Array.from({ length: 32 }, (_, i) => (i * 2017) & 0xffff);
	await client.writeRegisters(holding, values);
	assert.deepStrictEqual((await client.readHoldingRegisters(holding, 32)).data, values);
	assert.deepStrictEqual((await client.readInputRegisters(input, 1)).data, [10]);
	await client.writeRegister(holding, 0x12);
	await client.maskWriteRegister(holding, 0xf2, 0x25);
	assert.deepStrictEqual((await client.readHoldingRegisters(holding, 1)).data, [0x17]);
	const both = await client.readWriteRegisters(holding, 4, holding + 1, 2, [7, 8]);
	assert.deepStrictEqual(both.data, [0x17, 7, 8, values[3]]);
	const id = await client.reportServerID(0, 0); // it ignores them, but counts its arguments
	assert.strictEqual(id.additionalData.toString(), "linetwin");
	assert.strictEqual(id.running, true);
	const device = await client.readDeviceIdentification(1, 0);
	assert.strictEqual(device.data[0], "linetwin.dev");
	assert.strictEqual(device.data[1], "linetwin");
	await assert.rejects(client.readHoldingRegisters(holding, 33), { modbusCode: 2 });
	await assert.rejects(client.writeRegister(0, 1), { modbusCode: 2 });

	// Many at once over one connection, as it pipelines them.
	const many = await Promise.all(Array.from({ length: 50 }, (_, i) => client.readHoldingRegisters(holding + (i % 32), 1)));
	many.forEach((reply, i) => assert.deepStrictEqual(reply.data, [[0x17, 7, 8, ...values.slice(3)][i % 32]]));
	client.close(() => console.log("all of it"));
}

run(process.argv[2], Number(process.argv[3])).catch((e) => {
	console.error(e);
	process.exit(1);
});
