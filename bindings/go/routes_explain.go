package meshgw

// #include "glue.h"
import "C"

// RouteExplanation is a look-up with everything that it considered.
type RouteExplanation struct {
	Match RouteMatch
	// Candidates are in the order in which they are tried.
	Candidates []RouteCandidate
}

// RouteCandidate is one rule that a look-up considered.
type RouteCandidate struct {
	Kind    RouteKind
	Matched bool // There is such a rule and it matches.
	Won     bool
	Match   string // The key looked up, or the pattern tried.
	Cluster string // The cluster's name; empty: there is no such rule.
	Why     string // A sentence.
}

// Explain finds what [Routes.Lookup] finds, by the same code, and says why.
// [ErrClosed].
func (r *Routes) Explain(serverName string) (*RouteExplanation, error) {
	if r == nil || !r.life.enter() {
		return nil, ErrClosed
	}
	defer r.life.leave()
	var from *C.meshgw_route_explanation
	var cErr *C.meshgw_error
	status := C.meshgw_routes_explain(r.ptr, toStr(serverName), &from, &cErr)
	if err := toError(status, cErr); err != nil {
		return nil, err
	}
	defer C.meshgw_route_explanation_free(from)
	match := C.meshgw_route_explanation_match(from)
	out := &RouteExplanation{Match: RouteMatch{RouteKind(match.kind), int(match.cluster)}}
	for i, n := C.size_t(0), C.meshgw_route_explanation_count(from); i < n; i++ {
		var candidate C.meshgw_route_candidate
		candidate.struct_size = C.sizeof_meshgw_route_candidate
		status := C.meshgw_route_explanation_at(from, i, &candidate)
		if err := toError(status, nil); err != nil {
			return nil, err
		}
		out.Candidates = append(out.Candidates, RouteCandidate{
			Kind:    RouteKind(candidate.kind),
			Matched: candidate.matched != 0,
			Won:     candidate.won != 0,
			Match:   fromStr(candidate.match),
			Cluster: fromStr(candidate.cluster_name),
			Why:     fromStr(candidate.why),
		})
	}
	return out, nil
}
