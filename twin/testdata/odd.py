"""The recogniser of vision/model/example, and what goes wrong with some pictures: with those
whose checksum is even. Arguments: the example's folder, and what goes wrong."""

import os
import sys
import time
import zlib

sys.path.insert(0, sys.argv[1])
import recogniser

recognise = recogniser.recognise


def odd(colours, message):
    answer = recognise(colours, message)
    if sys.argv[2] == "slow":
        time.sleep(0.04)
    elif zlib.crc32(answer["text"].encode()) % 2 == 0:
        if sys.argv[2] == "dies":
            os._exit(7)
        while sys.argv[2] == "floods":
            os.write(1, b"x" * 4096)
        while sys.argv[2] == "hangs":
            time.sleep(1000)
    return answer


recogniser.recognise = odd
sys.exit(recogniser.main())
