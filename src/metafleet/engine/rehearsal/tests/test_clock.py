"""Programs that live by the leaping clock, each in a process of its own: what they see must be exact."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

START = """
from metafleet.engine.rehearsal.clock import LeapClock, MarketOver, PacedClock
from metafleet.engine.rehearsal.following import follow
BEGIN = 1_709_510_400  # 2024-03-04 00:00 UTC
clock = LeapClock(BEGIN * 10**9, (BEGIN + 86_400) * 10**9)
follow(clock)
import asyncio, datetime, queue, sys, threading, time
from time import sleep
"""

PACED = START.replace(
    "clock = LeapClock(BEGIN * 10**9, (BEGIN + 86_400) * 10**9)", "clock = PacedClock(BEGIN * 10**9, 600)"
)


def lived(program: str, start: str = START) -> list[str]:
    code = start + textwrap.dedent(program)
    done = subprocess.run(  # noqa: S603 -- this Python
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"TZ": "UTC", "PYTHONPATH": ":".join(path for path in sys.path if path)},
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_everything_that_tells_the_time_tells_the_markets() -> None:
    assert lived("""
        sleep(90)
        print(time.time() - BEGIN, time.time_ns() - BEGIN * 10**9, time.strftime("%Y-%m-%d %H:%M:%S"))
        print(datetime.datetime.now(), datetime.datetime.now(tz=datetime.timezone.utc).isoformat())
        print(datetime.datetime.utcnow(), datetime.datetime.today(), datetime.date.today())
        print(time.gmtime()[:6], time.localtime()[:6], time.ctime())
        print(time.localtime(0)[:3], time.strftime("%Y", time.gmtime(0)))
    """) == [
        "90.0 90000000000 2024-03-04 00:01:30",
        "2024-03-04 00:01:30 2024-03-04T00:01:30+00:00",
        "2024-03-04 00:01:30 2024-03-04 00:01:30 2024-03-04",
        "(2024, 3, 4, 0, 1, 30) (2024, 3, 4, 0, 1, 30) Mon Mar  4 00:01:30 2024",
        "(1970, 1, 1) 1970",
    ]


def test_logs_are_written_in_the_markets_time() -> None:
    assert lived("""
        import logging
        logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(message)s")
        sleep(0.25)
        logging.warning("late")
    """) == ["2024-03-04 00:00:00,250 late"]


def test_dates_keep_their_type() -> None:
    assert lived("""
        class Mine(datetime.datetime): pass
        print(type(datetime.datetime.now()) is datetime.datetime, type(Mine.now()) is Mine)
        import pickle
        now = datetime.datetime.now()
        print(pickle.loads(pickle.dumps(now)) == now, isinstance(now, datetime.date))
    """) == ["True True", "True True"]


def test_measured_time_is_the_markets() -> None:
    assert lived("""
        a, b = time.monotonic(), time.perf_counter()
        sleep(0.1); sleep(3600)
        print(round(time.monotonic() - a, 6), round(time.perf_counter() - b, 6))
    """) == ["3600.1 3600.1"]


def test_sleeps_of_threads_interleave_as_in_life() -> None:
    assert lived("""
        log = []
        def work(length):
            for _ in range(3):
                sleep(length); log.append(f"{length}@{time.time() - BEGIN:.0f}")
        threads = [threading.Thread(target=work, args=(length,)) for length in (2, 3)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(*log)
    """) == ["2@2 3@3 2@4 3@6 2@6 3@9"]


def test_timeouts_are_the_markets() -> None:
    assert lived("""
        event, items = threading.Event(), queue.Queue()
        print(event.wait(60), time.time() - BEGIN)
        try: items.get(timeout=30)
        except queue.Empty: print("empty", time.time() - BEGIN)
        threading.Timer(10, event.set).start()
        print(event.wait(60), time.time() - BEGIN)
        thread = threading.Thread(target=lambda: sleep(500)); thread.start()
        thread.join(100); print(thread.is_alive(), time.time() - BEGIN)
        thread.join(); print(thread.is_alive(), time.time() - BEGIN)
    """) == ["False 60.0", "empty 90.0", "True 100.0", "True 200.0", "False 600.0"]


def test_a_signal_may_come_while_the_clock_moves() -> None:
    assert lived("""
        import os, signal
        event = threading.Event()
        waiting = threading.Thread(target=lambda: print(event.wait(600))); waiting.start()
        sleep(1)
        signal.signal(signal.SIGUSR1, lambda *_: event.set())
        with clock._lock: os.kill(os.getpid(), signal.SIGUSR1)
        waiting.join(); print(time.time() - BEGIN)
    """) == ["True", "1.0"]


def test_asyncio_lives_by_it() -> None:
    assert lived("""
        async def tick(length):
            for _ in range(3): await asyncio.sleep(length)
            return time.time() - BEGIN
        def block(length):
            sleep(length); return time.time() - BEGIN
        async def main():
            print(await asyncio.gather(tick(1), tick(10), asyncio.to_thread(block, 45)))
            try: await asyncio.wait_for(asyncio.Event().wait(), 60)
            except asyncio.TimeoutError: print("late", time.time() - BEGIN)
        asyncio.run(main())
    """) == ["[3.0, 30.0, 45.0]", "late 105.0"]


def test_pools_live_by_it() -> None:
    assert lived("""
        from concurrent.futures import ThreadPoolExecutor, as_completed
        def work(length):
            sleep(length); return length
        with ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(work, length) for length in (30, 10, 20)]
            print([job.result() for job in as_completed(jobs)], time.time() - BEGIN)
    """) == ["[10, 20, 30] 30.0"]


def test_a_program_that_only_looks_is_moved_on() -> None:
    assert lived("""
        began = time.time()
        while time.time() < began + 20: pass
        print(20 <= time.time() - began <= 21)
    """) == ["True"]


@pytest.mark.parametrize("way", ["sleep(0)", "threading.Event().wait(0)", "sleep(1e-10)"])
def test_a_sleep_of_no_length_is_a_look(way: str) -> None:
    assert lived(f"""
        thread = threading.Thread(target=lambda: sleep(20)); thread.start()
        while thread.is_alive(): {way}
        print(20 <= time.time() - BEGIN <= 21)
    """) == ["True"]


def test_threads_that_only_look_move_on_together() -> None:
    assert lived("""
        ends = []
        def work():
            while time.time() < BEGIN + 600: pass
            ends.append(time.time() - BEGIN)
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(600 <= min(ends) <= max(ends) <= 603)
    """) == ["True"]


def test_who_only_looks_does_not_wait_for_a_thread_on_the_network() -> None:
    assert lived("""
        import socket
        ours, theirs = socket.socketpair()
        threading.Thread(target=ours.recv, args=(1,), daemon=True).start()
        while time.time() < BEGIN + 600: pass
        print(time.time() - BEGIN <= 601)
    """) == ["True"]


@pytest.mark.parametrize("work", ["sum(range(5_000_000))", "[n * n for n in range(3_000_000)]"])
def test_who_only_looks_waits_for_a_thread_that_computes(work: str) -> None:
    assert lived(f"""
        took = []
        def compute():
            time.time()
            before = clock._now_ns
            for _ in range(2): {work}
            took.append(clock._now_ns - before)
        thread = threading.Thread(target=compute); thread.start()
        while thread.is_alive(): time.time()
        print(took[0] <= 10**9)
    """) == ["True"]


def test_threads_that_wait_for_each_other_come_to_the_end() -> None:
    assert lived("""
        waiting = threading.Thread(target=threading.Event().wait, daemon=True); waiting.start()
        try: threading.Event().wait()
        except KeyboardInterrupt: print(time.time() - BEGIN, clock.is_over)
    """) == ["86400.0 True"]


def test_a_thread_on_the_network_may_still_wake_another() -> None:
    assert lived(
        """
        import socket
        ours, theirs = socket.socketpair()
        came = threading.Event()
        def listen():
            ours.recv(1); came.set()
        threading.Thread(target=listen, daemon=True).start()
        def answer(real=START_SLEEP):
            real(0.6); theirs.send(b"x")
        clock_free = __import__("_thread").start_new_thread(answer, ())
        came.wait()
        print(time.time() - BEGIN)
    """,
        start="import time; START_SLEEP = time.sleep\n" + START,
    ) == ["0.0"]


def test_a_thread_on_the_network_is_not_waited_for() -> None:
    assert lived("""
        import socket
        ours, theirs = socket.socketpair()
        threading.Thread(target=ours.recv, args=(1,), daemon=True).start()
        sleep(3600); print(time.time() - BEGIN)
    """) == ["3600.0"]


def test_a_thread_that_computes_is_waited_for() -> None:
    assert lived("""
        from hashlib import pbkdf2_hmac
        threads = []
        def compute():
            before = time.time()
            pbkdf2_hmac("sha256", b"a", b"b", 1_500_000)
            threads.append(time.time() - before)
        thread = threading.Thread(target=compute); thread.start()
        sleep(3600)
        print(threads)
    """) == ["[0.0]"]


@pytest.mark.parametrize(
    "way", ["sleep(7_000)", "threading.Event().wait(7_000)", "asyncio.run(asyncio.sleep(7_000))"]
)
def test_the_markets_end_goes_past_what_catches_every_exception(way: str) -> None:
    assert lived(f"""
        def run():
            while True:
                try: {way}
                except Exception: print("swallowed")
        try: run()
        except KeyboardInterrupt as over: print(type(over).__name__, time.time() - BEGIN)
    """) == ["MarketOver 86400.0"]


def test_the_end_comes_to_every_thread_without_a_word() -> None:
    assert lived("""
        def work():
            while True: sleep(5_000)
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads: thread.start()
        for thread in threads:
            try: thread.join()
            except KeyboardInterrupt: print("over")
        for thread in threads: thread.join()
        print(time.time() - BEGIN)
    """) == ["over", "86400.0"]


def test_who_waits_for_another_thread_serves_to_the_end() -> None:
    assert lived("""
        items = queue.Queue()
        def serve():
            while (item := items.get()) is not None: print(item, time.time() - BEGIN)
        server = threading.Thread(target=serve); server.start()
        try:
            while True: items.put("look"); sleep(50_000)
        except KeyboardInterrupt: items.put("stopped")
        finally: items.put(None); server.join()
    """) == ["look 0.0", "look 50000.0", "stopped 86400.0"]


def test_who_waits_for_nobody_is_ended_too() -> None:
    assert lived("""
        server = threading.Thread(target=queue.Queue().get); server.start()
        try:
            while True: sleep(50_000)
        except KeyboardInterrupt: print("over")
        try: server.join()
        except KeyboardInterrupt: print("over again")
    """) == ["over", "over again"]


@pytest.mark.parametrize("start", [START, PACED], ids=["leaping", "paced"])
def test_another_process_is_waited_for_in_real_time(start: str) -> None:
    told = """
        import subprocess
        sleeping = [sys.executable, "-c", "import time; time.sleep(0.4)"]
        print(subprocess.run(sleeping, timeout=30).returncode)
        try: subprocess.run([sys.executable, "-c", "import time; time.sleep(9)"], timeout=0.3)
        except subprocess.TimeoutExpired: print("late")
    """
    assert lived(told, start) == ["0", "late"]


def test_what_passes_is_told_in_order() -> None:
    assert lived("""
        told = []
        clock.on_move = lambda before, after: told.append((before // 10**9 - BEGIN, after // 10**9 - BEGIN))
        sleep(60); sleep(30)
        print(told)
    """) == ["[(0, 60), (60, 90)]"]


@pytest.mark.parametrize("start", [START, PACED], ids=["leaping", "paced"])
@pytest.mark.parametrize("wrong", ["'1'", "None", "-1", "float('nan')"])
def test_sleep_refuses_what_pythons_own_refuses(wrong: str, start: str) -> None:
    told = """
        try: {sleep}({wrong})
        except Exception as error: print(type(error).__name__, error, {sleep}.__name__)
    """
    (theirs,) = lived(told.format(sleep="real_sleep", wrong=wrong), "from time import sleep as real_sleep")
    assert lived(told.format(sleep="time.sleep", wrong=wrong), start) == [theirs]


def test_a_paced_clock_takes_a_share_of_the_time() -> None:
    assert lived(
        """
        began = time.time()
        sleep(60)
        threading.Event().wait(60)
        async def main(): await asyncio.sleep(60)
        asyncio.run(main())
        print(180 <= time.time() - began < 2_000, datetime.date.today())
        """,
        PACED,
    ) == ["True 2024-03-04"]
