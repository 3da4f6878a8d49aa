"""Become another user and then another program: `as_user.py UID GID PROGRAM [ARGUMENT…]`.

Started as root in the folder that the program shall work in. The folder is entered before
root's rights are given up, so the program can use it as /proc/self/cwd even where that user
may not pass through the folders above (a clone below /root).
"""

import os
import sys


def main(arguments: list[str]) -> None:
    uid, gid, program = int(arguments[0]), int(arguments[1]), arguments[2]
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    os.execv(program, arguments[2:])  # noqa: S606 - replacing this process is the point


if __name__ == "__main__":
    main(sys.argv[1:])
