// The rows of tenterhook-bench-scheduler in Go: see stress/bench/scheduler_rows.cpp.
//
//	scheduler ROW GOMAXPROCS SIZE     prints one measurement
package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func perUnit(begin time.Time, n int64) float64 {
	return float64(time.Since(begin).Nanoseconds()) / float64(n)
}

func spawn(size int64) float64 {
	const batch = 100
	var begin time.Time
	for i := -size / 10; i < size; i += batch {
		if i >= 0 && begin.IsZero() {
			begin = time.Now()
		}
		var all sync.WaitGroup
		all.Add(batch)
		for k := 0; k < batch; k++ {
			go func() { all.Done() }()
		}
		all.Wait()
	}
	return perUnit(begin, size)
}

func yield(times int64) {
	for i := int64(0); i < times; i++ {
		runtime.Gosched()
	}
}

func gosched(size int64) float64 {
	yield(size / 10)
	begin := time.Now()
	yield(size)
	return perUnit(begin, size)
}

func goschedTwo(size int64) float64 {
	var other sync.WaitGroup
	other.Add(1)
	go func() {
		yield(size / 2)
		other.Done()
	}()
	begin := time.Now()
	yield(size / 2)
	other.Wait()
	return perUnit(begin, size)
}

func skynetNode(to chan int64, first, leaves int64) {
	if leaves == 1 {
		to <- first
		return
	}
	from := make(chan int64)
	for i := int64(0); i < 10; i++ {
		go skynetNode(from, first+i*(leaves/10), leaves/10)
	}
	var sum int64
	for i := 0; i < 10; i++ {
		sum += <-from
	}
	to <- sum
}

func skynet(size int64) float64 {
	begin := time.Now()
	result := make(chan int64)
	go skynetNode(result, 0, size)
	sum := <-result
	took := perUnit(begin, size)
	if sum != size*(size-1)/2 {
		panic("skynet does not add up its leaves")
	}
	return took
}

func fib(n int64) int64 {
	if n < 2 {
		return n
	}
	var half sync.WaitGroup
	half.Add(1)
	var first int64
	go func() {
		first = fib(n - 1)
		half.Done()
	}()
	second := fib(n - 2)
	half.Wait()
	return first + second
}

func goroutinesOfFib(n int64) int64 {
	a, b := int64(0), int64(1)
	for i := int64(0); i < n; i++ {
		a, b = b, a+b
	}
	return b - 1
}

func recursive(size int64) float64 {
	fib(size - 5)
	begin := time.Now()
	fib(size)
	return perUnit(begin, goroutinesOfFib(size))
}

func compute(x uint64) uint64 {
	for i := 0; i < 100000; i++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

func syscalls(size int64) float64 {
	const callers = 16
	var sum uint64
	var all sync.WaitGroup
	all.Add(callers)
	begin := time.Now()
	for i := 0; i < callers; i++ {
		go func() {
			for k := int64(0); k < size; k++ {
				pause := syscall.NsecToTimespec(1000000)
				syscall.Nanosleep(&pause, nil)
				atomic.AddUint64(&sum, compute(uint64(k)+1))
			}
			all.Done()
		}()
	}
	all.Wait()
	return perUnit(begin, 1000000)
}

func wake(size int64) float64 {
	turn := make(chan int, 1)
	start := time.Now()
	var ranAt int64
	go func() {
		for range turn {
			atomic.StoreInt64(&ranAt, int64(time.Since(start)))
		}
	}()
	runtime.Gosched()
	var took []float64
	for i := int64(0); i < size; i++ {
		pause := time.Now()
		for time.Since(pause) < 300*time.Microsecond {
		}
		atomic.StoreInt64(&ranAt, 0)
		begin := int64(time.Since(start))
		turn <- 1
		for atomic.LoadInt64(&ranAt) == 0 {
		}
		took = append(took, float64(atomic.LoadInt64(&ranAt)-begin)/1e3)
	}
	close(turn)
	sort.Float64s(took)
	return took[size/2]
}

func residentBytes() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	pages, err := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	if err != nil {
		panic(err)
	}
	return pages * float64(os.Getpagesize())
}

func memory(size int64) float64 {
	gate := make(chan int)
	var here int64
	var all sync.WaitGroup
	all.Add(int(size))
	runtime.GC()
	before := residentBytes()
	for i := int64(0); i < size; i++ {
		go func() {
			atomic.AddInt64(&here, 1)
			<-gate
			all.Done()
		}()
		if i%100 == 0 {
			runtime.Gosched()
		}
	}
	for atomic.LoadInt64(&here) < size {
		runtime.Gosched()
	}
	after := residentBytes()
	close(gate)
	all.Wait()
	return (after - before) / float64(size)
}

func main() {
	rows := map[string]func(int64) float64{
		"spawn": spawn, "gosched": gosched, "gosched-two": goschedTwo, "skynet": skynet,
		"recursive": recursive, "syscalls": syscalls, "wake": wake, "memory": memory,
	}
	if len(os.Args) != 4 || rows[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: scheduler ROW GOMAXPROCS SIZE")
		os.Exit(2)
	}
	procs, err := strconv.Atoi(os.Args[2])
	size, err2 := strconv.ParseInt(os.Args[3], 10, 64)
	if err != nil || err2 != nil || procs < 1 || size < 10 {
		fmt.Fprintln(os.Stderr, "scheduler: GOMAXPROCS and SIZE are numbers, at least 1 and 10")
		os.Exit(2)
	}
	runtime.GOMAXPROCS(procs)
	fmt.Println(rows[os.Args[1]](size))
}
