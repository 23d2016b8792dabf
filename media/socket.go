package media

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sockaddr is a peer's address as the kernel wants it, made once and not per packet.
type sockaddr struct {
	raw unix.RawSockaddrAny
	len uint32
}

func sockaddrOf(a netip.AddrPort) (s sockaddr) {
	ip, port := a.Addr().Unmap(), a.Port()
	swapped := port<<8 | port>>8
	switch {
	case ip.Is4():
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.raw))
		in.Family, in.Port, in.Addr = unix.AF_INET, swapped, ip.As4()
		s.len = unix.SizeofSockaddrInet4
	case ip.Is6():
		in := (*unix.RawSockaddrInet6)(unsafe.Pointer(&s.raw))
		in.Family, in.Port, in.Addr = unix.AF_INET6, swapped, ip.As16()
		s.len = unix.SizeofSockaddrInet6
	}
	return s
}

func (s *sockaddr) addrPort() netip.AddrPort {
	switch s.raw.Addr.Family {
	case unix.AF_INET:
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.raw))
		return netip.AddrPortFrom(netip.AddrFrom4(in.Addr), in.Port<<8|in.Port>>8)
	case unix.AF_INET6:
		in := (*unix.RawSockaddrInet6)(unsafe.Pointer(&s.raw))
		return netip.AddrPortFrom(netip.AddrFrom16(in.Addr).Unmap(), in.Port<<8|in.Port>>8)
	}
	return netip.AddrPort{}
}

// same tells whether two IPv4 or IPv6 peers are one; cheap enough for every packet.
func (s *sockaddr) same(o *sockaddr) bool {
	if s.raw.Addr.Family == unix.AF_INET && o.raw.Addr.Family == unix.AF_INET {
		return *(*uint64)(unsafe.Pointer(&s.raw)) == *(*uint64)(unsafe.Pointer(&o.raw))
	}
	return s.addrPort() == o.addrPort()
}

func bind(a netip.AddrPort) (int, error) {
	family := unix.AF_INET
	if a.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	s := sockaddrOf(a)
	if _, _, e := unix.RawSyscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&s.raw)), uintptr(s.len)); e != 0 {
		closeFD(fd)
		return 0, e
	}
	return fd, nil
}

func closeFD(fd int) { _ = unix.Close(fd) }

// recv reads one packet without waiting; n is 0 when there is none.
func recv(fd int, b []byte, from *sockaddr) int {
	from.len = unix.SizeofSockaddrAny
	n, _, e := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0,
		uintptr(unsafe.Pointer(&from.raw)), uintptr(unsafe.Pointer(&from.len)))
	if e != 0 {
		return 0
	}
	return int(n)
}

// send writes one packet; an address of length 0 means a connected socket. What the kernel will not take is lost, as
// on any network.
func send(fd int, b []byte, to *sockaddr) bool {
	var p uintptr
	if to.len > 0 {
		p = uintptr(unsafe.Pointer(&to.raw))
	}
	_, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT, p, uintptr(to.len))
	return e == 0 || e == syscall.ECONNREFUSED
}
