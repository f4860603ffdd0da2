package meshgw

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The benchmarks have the names of those in benchmarks/splicer_benchmark.cc.
// The relay is a process of its own, whose whole CPU time is counted, the
// kernel's part and Go's runtime included; the peers are in this one.

const relayVariable = "MESHGW_TEST_RELAY"

func TestMain(m *testing.M) {
	if what := os.Getenv(relayVariable); what != "" {
		if err := relay(strings.Fields(what)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// relay is the process: an engine, how many connections, and where they go. It
// prints where it listens, and the CPU time that carrying took: that of all, and
// of the busiest thread.
func relay(arguments []string) error {
	engine := engines[arguments[0]]
	count, _ := strconv.Atoi(arguments[1])
	target, err := net.ResolveTCPAddr("tcp", arguments[2])
	if err != nil {
		return err
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	pairs := make([][2]*net.TCPConn, count)
	for i := range pairs {
		if pairs[i][0], err = listener.AcceptTCP(); err != nil {
			return err
		}
		if pairs[i][1], err = net.DialTCP("tcp", nil, target); err != nil {
			return err
		}
	}
	start := cpuSeconds()
	var all sync.WaitGroup
	for _, pair := range pairs {
		all.Add(1)
		go func(client, server *net.TCPConn) {
			defer all.Done()
			engine(client, server)
		}(pair[0], pair[1])
	}
	all.Wait()
	_, err = fmt.Println(cpuSeconds()-start, busiestThread())
	return err
}

func busiestThread() (seconds float64) {
	files, _ := filepath.Glob("/proc/self/task/*/schedstat")
	for _, file := range files {
		var nanoseconds float64
		text, _ := os.ReadFile(file)
		fmt.Sscan(string(text), &nanoseconds)
		seconds = max(seconds, nanoseconds/1e9)
	}
	return seconds
}

var engines = map[string]func(client, server *net.TCPConn){
	"splice": func(client, server *net.TCPConn) { Splice(client, server, nil) },
	// As proxies in Go do; the copy goes by splice(2) too.
	"iocopy": func(client, server *net.TCPConn) {
		defer client.Close()
		defer server.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			io.Copy(server, client)
			server.CloseWrite()
		}()
		io.Copy(client, server)
		client.CloseWrite()
		<-done
	},
}

// round runs a relay with peers and returns its CPU time, and what of it was not
// of the busiest thread.
func round(b *testing.B, engine string, count int, client, server func(*net.TCPConn)) (total, rest float64) {
	b.Helper()
	target, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer target.Close()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %s", relayVariable, engine, count, target.Addr()))
	process.Stderr = os.Stderr
	out, err := process.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := process.Start(); err != nil {
		b.Fatal(err)
	}
	defer process.Wait()
	said := bufio.NewScanner(out)
	said.Scan()
	address := said.Text()
	var peers sync.WaitGroup
	run := func(c *net.TCPConn, peer func(*net.TCPConn)) {
		peers.Add(1)
		go func() {
			defer peers.Done()
			defer c.Close()
			peer(c)
		}()
	}
	var clients, servers []*net.TCPConn
	for i := 0; i < count; i++ {
		c, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		clients = append(clients, c.(*net.TCPConn))
		s, err := target.AcceptTCP()
		if err != nil {
			b.Fatal(err)
		}
		servers = append(servers, s)
	}
	for i := range clients {
		run(clients[i], client)
		run(servers[i], server)
	}
	peers.Wait()
	said.Scan()
	var busiest float64
	if _, err := fmt.Sscan(said.Text(), &total, &busiest); err != nil {
		b.Fatal("the relay said ", said.Text())
	}
	return total, max(0, total-busiest)
}

func median(values []float64) float64 {
	sort.Float64s(values)
	return values[len(values)/2]
}

// compare runs both engines by turns, so that a busy machine slows both.
func compare(b *testing.B, count int, units, scale float64, unit string, client, server func(*net.TCPConn)) {
	var ours, theirs, ratios, rests []float64
	for i := 0; i < b.N; i++ {
		for n := 0; n < 5; n++ {
			a, rest := round(b, "splice", count, client, server)
			c, _ := round(b, "iocopy", count, client, server)
			ours, theirs = append(ours, a/units*scale), append(theirs, c/units*scale)
			ratios, rests = append(ratios, c/a), append(rests, 100*rest/a)
		}
	}
	b.ReportMetric(median(ours), "splice_"+unit)
	b.ReportMetric(median(theirs), "io.Copy_"+unit)
	b.ReportMetric(median(ratios), "io.Copy/splice")
	// What Go's runtime adds to the loop's thread, which is all C.
	b.ReportMetric(median(rests), "%outside_loop")
	b.ReportMetric(0, "ns/op")
}

// dropAll reads to the end without copying: MSG_TRUNC drops what came.
func dropAll(c *net.TCPConn) (total int) {
	raw, _ := c.SyscallConn()
	for {
		var n uintptr
		var errno syscall.Errno
		raw.Read(func(fd uintptr) bool {
			n, _, errno = syscall.Syscall6(syscall.SYS_RECVFROM, fd, 0, 1<<20,
				syscall.MSG_TRUNC|syscall.MSG_DONTWAIT, 0, 0)
			return errno != syscall.EAGAIN
		})
		if errno != 0 || n == 0 {
			return total
		}
		total += int(n)
	}
}

// The argument: connections, which share 512 MiB from clients to servers.
func BenchmarkBulk(b *testing.B) {
	for _, count := range []int{1, 16} {
		b.Run(strconv.Itoa(count), func(b *testing.B) {
			size := 512 << 20 / count
			send := func(c *net.TCPConn) {
				block := make([]byte, 256<<10)
				for sent := 0; sent < size; sent += len(block) {
					c.Write(block)
				}
				c.CloseWrite()
				io.Copy(io.Discard, c)
			}
			drop := func(c *net.TCPConn) {
				if dropAll(c) != size {
					b.Error("bytes lost")
				}
			}
			compare(b, count, 512*(1<<20)/1e9, 1, "s/GB", send, drop)
		})
	}
}

// The argument: bytes of a message; each is answered by one of the same size.
func BenchmarkPing(b *testing.B) {
	const connections = 8
	for _, size := range []int{1, 1 << 10, 16 << 10, 256 << 10} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			messages := 2000
			if size > 65536 {
				messages = 200
			}
			peer := func(first bool) func(c *net.TCPConn) {
				return func(c *net.TCPConn) {
					message := make([]byte, size)
					for i := 0; i < messages; i++ {
						if first {
							c.Write(message)
						}
						if _, err := io.ReadFull(c, message); err != nil {
							b.Error(err)
							return
						}
						if !first {
							c.Write(message)
						}
					}
					c.CloseWrite()
				}
			}
			compare(b, connections, float64(2*connections*messages), 1e6, "us/message", peer(true), peer(false))
		})
	}
}
