"""Puts pymodbus before a gateway: pymodbus_client.py tcp HOST PORT | rtu DEVICE.

The gateway has the bank of libmodbus-test-mode.json.
"""
import sys

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.mei_message import ReadDeviceInformationRequest
from pymodbus.other_message import ReportSlaveIdRequest
from pymodbus.pdu import ExceptionResponse

if sys.argv[1] == "tcp":
    client = ModbusTcpClient(sys.argv[2], port=int(sys.argv[3]))
else:
    client = ModbusSerialClient(sys.argv[2], baudrate=115200, parity="N", stopbits=1, timeout=5)
assert client.connect()
UNIT = 17
COILS, INPUT_BITS, HOLDING, INPUT = 0x130, 0x1C4, 0x160, 0x108


def ok(reply):
    assert not reply.isError(), reply
    return reply


def fails(reply, code):
    assert isinstance(reply, ExceptionResponse) and reply.exception_code == code, reply


ok(client.write_coil(COILS, True, slave=UNIT))
assert ok(client.read_coils(COILS, 1, slave=UNIT)).bits[0]
pattern = [i % 3 == 0 for i in range(37)]
ok(client.write_coils(COILS, pattern, slave=UNIT))
assert ok(client.read_coils(COILS, 37, slave=UNIT)).bits[:37] == pattern
bits = [b == "1" for byte in (0xAC, 0xDB, 0x35) for b in reversed(f"{byte:08b}")]
assert ok(client.read_discrete_inputs(INPUT_BITS, 22, slave=UNIT)).bits[:22] == bits[:22]
ok(client.write_register(HOLDING, 0x1234, slave=UNIT))
assert ok(client.read_holding_registers(HOLDING, 1, slave=UNIT)).registers == [0x1234]
values = [(i * 2017) & 0xFFFF for i in range(32)]
ok(client.write_registers(HOLDING, values, slave=UNIT))
assert ok(client.read_holding_registers(HOLDING, 32, slave=UNIT)).registers == values
assert ok(client.read_input_registers(INPUT, 1, slave=UNIT)).registers == [10]
ok(client.write_register(HOLDING, 0x12, slave=UNIT))
ok(client.mask_write_register(address=HOLDING, and_mask=0xF2, or_mask=0x25, unit=UNIT))
assert ok(client.read_holding_registers(HOLDING, 1, slave=UNIT)).registers == [0x17]
reply = ok(client.readwrite_registers(read_address=HOLDING, read_count=4, write_address=HOLDING + 1, write_registers=[7, 8], unit=UNIT))
assert reply.registers == [0x17, 7, 8, values[3]], reply.registers
reply = ok(client.execute(ReportSlaveIdRequest(UNIT)))
assert bytes(reply.identifier).endswith(b"linetwin"), reply.identifier
reply = ok(client.execute(ReadDeviceInformationRequest(read_code=1, object_id=0, unit=UNIT)))
assert reply.information[0] == b"linetwin.dev" and reply.information[1] == b"linetwin", reply.information
reply = ok(client.execute(ReadDeviceInformationRequest(read_code=4, object_id=1, unit=UNIT)))
assert reply.information[1] == b"linetwin", reply.information
fails(client.read_exception_status(slave=UNIT), 1)
fails(client.read_holding_registers(HOLDING, 33, slave=UNIT), 2)
fails(client.write_register(0, 1, slave=UNIT), 2)
client.close()
print("all of it")
