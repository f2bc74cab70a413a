"""The same map on Dask: two worker processes of one thread. Arguments: inputs, inputs a call. Prints the seconds of the map."""
import sys
import time

from distributed import Client, LocalCluster


def squares(numbers):
    return [number * number for number in numbers]


if __name__ == "__main__":
    inputs, batch = int(sys.argv[1]), int(sys.argv[2])
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster, Client(cluster) as client:
        client.gather(client.map(squares, [[1], [2], [3], [4]], pure=False))
        started = time.perf_counter()
        parts = [list(range(start, min(start + batch, inputs))) for start in range(0, inputs, batch)]
        values = [value for part in client.gather(client.map(squares, parts, pure=False)) for value in part]
        seconds = time.perf_counter() - started
        assert values == [number * number for number in range(inputs)]
        print(seconds)
