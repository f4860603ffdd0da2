package meshgw

import (
	"fmt"
	"testing"
)

// Every value that the package has a name for is one that C knows, and their
// names differ: a constant that was forgotten would show here.
func TestEveryEnumeratorHasANameOfItsOwn(t *testing.T) {
	for _, row := range []struct {
		name  string
		first int32
		last  int32
		of    func(int32) fmt.Stringer
	}{
		{"Code", 0, 6, func(v int32) fmt.Stringer { return Code(v) }},
		{"HelloReason", 0, int32(HelloReasonPlainText), func(v int32) fmt.Stringer { return HelloReason(v) }},
		{"MeshNameKind", 1, int32(MeshNamePeeringServer), func(v int32) fmt.Stringer { return MeshNameKind(v) }},
		{"Mode", 0, int32(ModeRemote), func(v int32) fmt.Stringer { return Mode(v) }},
		{"ModeRules", 0, int32(RulesV1_6), func(v int32) fmt.Stringer { return ModeRules(v) }},
		{"ModeSource", 0, int32(SourceDestinationDefaults), func(v int32) fmt.Stringer { return ModeSource(v) }},
		{"ModeVeto", 0, int32(VetoPreparedQuery), func(v int32) fmt.Stringer { return ModeVeto(v) }},
		{"Dial", 0, int32(DialPeerGateway), func(v int32) fmt.Stringer { return Dial(v) }},
		{"Health", 0, int32(HealthUnhealthy), func(v int32) fmt.Stringer { return Health(v) }},
		{"ClusterKind", 0, int32(ClusterOther), func(v int32) fmt.Stringer { return ClusterKind(v) }},
		{"LoadBalancing", 0, int32(BalanceMaglev), func(v int32) fmt.Stringer { return LoadBalancing(v) }},
		{"RouteKind", 0, int32(RouteNone), func(v int32) fmt.Stringer { return RouteKind(v) }},
		{"ConfigFormat", 0, int32(FormatJSON), func(v int32) fmt.Stringer { return ConfigFormat(v) }},
		{"SpliceEnd", 0, int32(SpliceCancelled), func(v int32) fmt.Stringer { return SpliceEnd(v) }},
		{"Reason", 0, int32(ReasonHelloMemory), func(v int32) fmt.Stringer { return Reason(v) }},
		{"Side", -1, int32(SideServer), func(v int32) fmt.Stringer { return Side(v) }},
		{"EventKind", 1, int32(EventLog), func(v int32) fmt.Stringer { return EventKind(v) }},
		{"ECH", 0, int32(ECHInner), func(v int32) fmt.Stringer { return ECH(v) }},
	} {
		seen := map[string]int32{"unknown": -99}
		for v := row.first; v <= row.last; v++ {
			name := row.of(v).String()
			if other, taken := seen[name]; taken {
				t.Errorf("%s: %d and %d are %q", row.name, other, v, name)
			}
			seen[name] = v
		}
		equal(t, row.name, row.of(row.last+1).String(), "unknown")
		equal(t, row.name, row.of(123).String(), "unknown")
	}
	for code, name := range map[Code]string{
		CodeInvalidArgument: "invalid_argument", CodeNotFound: "not_found",
		CodeAlreadyExists: "already_exists", CodePermissionDenied: "permission_denied",
		CodeResourceExhausted: "resource_exhausted", CodeFailedPrecondition: "failed_precondition",
		CodeInternal: "internal", CodeUnavailable: "unavailable", CodeNoMemory: "no_memory",
	} {
		equal(t, "code", code.String(), name)
	}
	if Version() == "" || LinkInfo == "" {
		t.Error("no version")
	}
}
