package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.source.DateDirectories;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreHistory.Silence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/** Keeps the minutes in which there are changes, and finds the times without any. Filled by several threads. */
final class LogCoverage {

    private static final long MICROS_PER_MINUTE = 60_000_000;
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** What a log begins later than a snapshot is not looked over as what it is silent later is: it may begin there. */
    private static final Duration HOUR = Duration.ofHours(1);

    /** Most silences that are named. */
    private static final int MAX_NAMED = 1_000;

    private final RoaringBitmap minutesWithChanges = new RoaringBitmap();
    private final List<Window> windows = new ArrayList<>();

    /** A time of which the log is known to be whole. */
    private record Window(Instant from, Instant until) {}

    /** One thread's minutes of the object that it reads. */
    final class Minutes {
        private final RoaringBitmap ofObject = new RoaringBitmap();
        private int last = -1;

        /** Begins an object. */
        void begin() {
            ofObject.clear();
            last = -1;
        }

        void add(long epochMicros) {
            int minute = (int) Math.max(0, Math.min(Integer.MAX_VALUE, Math.floorDiv(epochMicros, MICROS_PER_MINUTE)));
            if (minute != last) {
                last = minute;
                ofObject.add(minute);
            }
        }

        /** The object was read to its end. */
        void commit() {
            synchronized (minutesWithChanges) {
                minutesWithChanges.or(ofObject);
            }
        }
    }

    /** Says that the log is known to be whole in a time, whether there was a change or not. */
    void isWhole(Instant from, Instant until) {
        synchronized (minutesWithChanges) {
            windows.add(new Window(from, until));
            minutesWithChanges.add(
                    Math.max(0, Math.floorDiv(from.getEpochSecond(), 60L)),
                    Math.max(0, Math.floorDiv(until.getEpochSecond() + 59, 60L)));
        }
    }

    Minutes newMinutes() {
        return new Minutes();
    }

    /**
     * The times that no window covers, where all changes are from windows: what happened in them is not known, however
     * short they are.
     *
     * @param from until when what the changes are applied to may have been read; null to begin with the first window
     * @param until the cut; null to end with the last window
     */
    List<Silence> missingWindows(@Nullable Instant from, @Nullable Instant until) {
        List<Silence> missing = new ArrayList<>();
        synchronized (minutesWithChanges) {
            windows.sort(Comparator.comparing(Window::from));
            Instant known = from;
            for (Window window : windows) {
                addIfAny(missing, known, until != null && until.isBefore(window.from()) ? until : window.from());
                known = known == null || window.until().isAfter(known) ? window.until() : known;
            }
            addIfAny(missing, known, until);
        }
        return missing.size() <= MAX_NAMED ? missing : missing.subList(0, MAX_NAMED);
    }

    private static void addIfAny(List<Silence> missing, @Nullable Instant from, @Nullable Instant until) {
        if (from != null && until != null && until.isAfter(from)) {
            missing.add(new Silence("window-missing", from, until));
        }
    }

    /**
     * The times without a change.
     *
     * @param from the snapshot's begin; null to begin with the first change
     * @param until the cut; null to end with the last change
     * @param threshold shorter ones are not named
     * @param logs objects of each log, for their directories
     */
    List<Silence> silences(
            @Nullable Instant from, @Nullable Instant until, Duration threshold, Collection<List<BackupObject>> logs) {
        List<Silence> silences = new ArrayList<>();
        synchronized (minutesWithChanges) {
            if (!minutesWithChanges.isEmpty()) {
                silentTimes(from, until, threshold, silences);
            } else if (from != null
                    && until != null
                    && (!logs.isEmpty() || Duration.between(from, until).compareTo(threshold) > 0)) {
                silences.add(new Silence("idle-or-missing", from, until));
            }
        }
        logs.forEach(log -> missingHours(log, from, until, silences));
        return silences.size() <= MAX_NAMED ? silences : silences.subList(0, MAX_NAMED);
    }

    private void silentTimes(
            @Nullable Instant from, @Nullable Instant until, Duration threshold, List<Silence> silences) {
        Instant first = instant(minutesWithChanges.first());
        Duration late = threshold.compareTo(HOUR) < 0 ? threshold : HOUR;
        if (from != null && Duration.between(from, first).compareTo(late) > 0) {
            silences.add(new Silence("log-starts-late", from, first));
        }
        Instant quietSince = null;
        IntIterator minutes = minutesWithChanges.getIntIterator();
        while (minutes.hasNext()) {
            Instant minute = instant(minutes.next());
            if (until != null && minute.isAfter(until)) {
                // The log goes on behind the cut, so that it was silent until then is all that can be said.
                addIfLong("idle-or-missing", quietSince, until, from, threshold, silences);
                return;
            }
            addIfLong("idle-or-missing", quietSince, minute, from, threshold, silences);
            quietSince = minute.plus(MINUTE);
        }
        if (until != null) {
            addIfLong("log-ends-early", quietSince, until, from, threshold, silences);
        }
    }

    private static void addIfLong(
            String reason,
            @Nullable Instant quietSince,
            Instant until,
            @Nullable Instant from,
            Duration threshold,
            List<Silence> silences) {
        if (quietSince == null) {
            return;
        }
        Instant begin = from != null && from.isAfter(quietSince) ? from : quietSince;
        if (Duration.between(begin, until).compareTo(threshold) > 0) {
            silences.add(new Silence(reason, begin, until));
        }
    }

    /** Whether there is a change that was made at an instant or later, as far as minutes tell. */
    boolean hasChangeSince(Instant instant) {
        synchronized (minutesWithChanges) {
            return !minutesWithChanges.isEmpty()
                    && !instant(minutesWithChanges.last()).plus(MINUTE).isBefore(instant);
        }
    }

    /** Hours between the first and the last directory that have none. */
    private static void missingHours(
            List<BackupObject> log, @Nullable Instant from, @Nullable Instant until, List<Silence> silences) {
        TreeSet<Instant> hours = new TreeSet<>();
        for (BackupObject object : log) {
            DateDirectories.Span arrival = DateDirectories.arrival(object.uri().getPath());
            if (arrival != null && arrival.isHour()) {
                hours.add(arrival.from());
            }
        }
        Instant before = null;
        for (Instant hour : hours) {
            Instant expected = before == null ? hour : before.plus(Duration.ofHours(1));
            boolean matters = (from == null || hour.isAfter(from)) && (until == null || expected.isBefore(until));
            if (expected.isBefore(hour) && matters) {
                silences.add(new Silence("hour-missing", expected, hour));
            }
            before = hour;
        }
    }

    private static Instant instant(int epochMinute) {
        return Instant.ofEpochSecond(epochMinute * 60L);
    }
}
