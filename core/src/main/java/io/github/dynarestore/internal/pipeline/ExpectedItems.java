package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.survey.Decisions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the table is expected to hold before an undo, by the token of a write. Thread-safe. */
final class ExpectedItems {

    private final Decisions decisions;
    private final Map<Integer, Decisions.Expected> byObject = new ConcurrentHashMap<>();

    ExpectedItems(Decisions decisions) {
        this.decisions = decisions;
    }

    long digest(long token) {
        return byObject.computeIfAbsent((int) (token >>> 32), decisions::expectedOf)
                .of((int) token);
    }
}
