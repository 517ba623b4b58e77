package io.github.dynarestore.internal.survey;

import io.github.dynarestore.internal.survey.Findings.Finding;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Of many findings, the first by place, whichever was found first, so that two runs name the same. Not thread-safe. */
final class FirstFindings {

    static final Comparator<Finding> BY_PLACE =
            Comparator.comparingLong(Finding::place).thenComparingLong(Finding::otherPlace);

    private final int most;
    private final List<Finding> kept = new ArrayList<>();

    /** Behind it there is nothing that will stay: a log without a snapshot has a finding for each key. */
    private long lastPlace = Long.MAX_VALUE;

    FirstFindings(int most) {
        this.most = most;
    }

    void add(long place, long otherPlace, long keyHash) {
        if (place > lastPlace) {
            return;
        }
        kept.add(new Finding(place, otherPlace, keyHash));
        if (kept.size() == 2 * most) {
            kept.sort(BY_PLACE);
            kept.subList(most, kept.size()).clear();
            lastPlace = kept.get(most - 1).place();
        }
    }

    /** Those that stay, in the order of the listing. */
    List<Finding> list() {
        return kept.stream().sorted(BY_PLACE).limit(most).toList();
    }
}
