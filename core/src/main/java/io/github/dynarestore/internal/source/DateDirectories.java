package io.github.dynarestore.internal.source;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads times out of the directories that producers lay objects in (docs/point-in-time.md). */
public final class DateDirectories {

    /** Firehose appends {@code YYYY/MM/DD/HH/} to a prefix without a slash in between, or fills in a template. */
    private static final Pattern LOG = Pattern.compile("(?:^|.*[^0-9])(\\d{4})/(\\d{2})/(\\d{2})/(?:(\\d{2})/)?[^/]*");

    private static final Pattern NAMED_LOG =
            Pattern.compile(".*year=(\\d{4})/month=(\\d{1,2})/day=(\\d{1,2})/(?:hour=(\\d{1,2})/)?[^/]*");

    /** Data Pipeline's export makes a directory of this name when it begins. */
    private static final Pattern SNAPSHOT =
            Pattern.compile("(?:^|.*/)(\\d{4})-(\\d{2})-(\\d{2})-(\\d{2})-(\\d{2})-(\\d{2})/[^/]*");

    /** How far a directory's name may be from UTC, and the hour that a delivery stream holds back. */
    public static final Duration ZONES = Duration.ofHours(15);

    /** How much earlier than the latest possible a record may have been delivered: zones to both sides, and a day. */
    public static final Duration UNCERTAINTY = ZONES.plus(ZONES).plusDays(1);

    private DateDirectories() {}

    /** The hour, or the day, in which the first record of an object arrived. */
    public record Span(Instant from, Instant until) {

        /** Whether it is one hour, not a day. */
        public boolean isHour() {
            return Duration.between(from, until).equals(Duration.ofHours(1));
        }
    }

    /** The time that an object's directory says; null if it says none. */
    public static @Nullable Span arrival(String path) {
        Matcher matcher = LOG.matcher(path);
        if (!matcher.matches()) {
            matcher = NAMED_LOG.matcher(path);
            if (!matcher.matches()) {
                return null;
            }
        }
        boolean isHour = matcher.group(4) != null;
        try {
            Instant from = LocalDateTime.of(
                            Integer.parseInt(matcher.group(1)),
                            Integer.parseInt(matcher.group(2)),
                            Integer.parseInt(matcher.group(3)),
                            isHour ? Integer.parseInt(matcher.group(4)) : 0,
                            0)
                    .toInstant(ZoneOffset.UTC);
            return new Span(from, from.plus(isHour ? Duration.ofHours(1) : Duration.ofDays(1)));
        } catch (DateTimeException notADate) {
            return null;
        }
    }

    /** When the snapshot that an object is a part of was begun, by its directory; null if that says nothing. */
    public static @Nullable Instant snapshotBegun(String path) {
        Matcher matcher = SNAPSHOT.matcher(path);
        if (!matcher.matches()) {
            return null;
        }
        try {
            return LocalDateTime.of(
                            Integer.parseInt(matcher.group(1)),
                            Integer.parseInt(matcher.group(2)),
                            Integer.parseInt(matcher.group(3)),
                            Integer.parseInt(matcher.group(4)),
                            Integer.parseInt(matcher.group(5)),
                            Integer.parseInt(matcher.group(6)))
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeException notADate) {
            return null;
        }
    }
}
