package mesh

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strings"
)

// Connections counts the established connections whose accepting side has the
// address, by the kernel's word: it holds for any program.
func Connections(address string) (int, error) {
	var table []byte
	err := at(address, func() (err error) {
		table, err = os.ReadFile("/proc/thread-self/net/tcp")
		return err
	})
	if err != nil {
		return 0, err
	}
	place, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return 0, err
	}
	// As the kernel prints it: the address as a little-endian number.
	local := fmt.Sprintf("%08X:%04X", binary.LittleEndian.Uint32(place.IP.To4()), place.Port)
	const established = "01"
	count := 0
	for _, line := range strings.Split(string(table), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 3 && fields[1] == local && fields[3] == established {
			count++
		}
	}
	return count, nil
}
