package io.github.dynarestore.testing;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Chooses what happens to each request. Called by many threads at once. */
@FunctionalInterface
public interface FaultRule {

    /** Chooses; {@link Fault#pass()} for nothing. */
    Fault choose(ProxiedRequest request);

    /** Returns a rule that lets everything pass. */
    static FaultRule pass() {
        return request -> Fault.pass();
    }

    /** Returns a rule with the same fault for every request. */
    static FaultRule always(Fault fault) {
        return request -> fault;
    }

    /**
     * Returns a rule with a fault for the first requests that it is asked about.
     *
     * @param count how many, 0 or more
     */
    static FaultRule first(int count, Fault fault) {
        if (count < 0) {
            throw new IllegalArgumentException("there are no first " + count + " requests");
        }
        AtomicInteger left = new AtomicInteger(count);
        return request -> left.getAndUpdate(n -> Math.max(0, n - 1)) > 0 ? fault : Fault.pass();
    }

    /**
     * Returns a rule with a fault for a share of the requests, chosen by their ordinals.
     *
     * @param share 0 to 1
     * @param seed the same one chooses the same ordinals
     */
    static FaultRule sometimes(double share, long seed, Fault fault) {
        Lots lots = new Lots(share, seed);
        return request -> lots.draw(request.ordinal(), 0) ? fault : Fault.pass();
    }

    /** Returns this rule for the requests that a condition holds for; the others pass and are not counted by it. */
    default FaultRule onlyFor(Predicate<ProxiedRequest> condition) {
        return request -> condition.test(request) ? choose(request) : Fault.pass();
    }

    /**
     * Returns this rule for one operation of DynamoDB; trials of what is allowed, which do nothing, pass and are not counted
     * by it.
     *
     * @see ProxiedRequest#isTrial()
     */
    default FaultRule onlyForOperation(String operation) {
        return onlyFor(request -> request.operation().equals(operation) && !request.isTrial());
    }

    /** Returns a rule that asks another one about what this one lets pass. */
    default FaultRule orElse(FaultRule other) {
        return request -> {
            Fault fault = choose(request);
            return fault instanceof Fault.Pass ? other.choose(request) : fault;
        };
    }
}
