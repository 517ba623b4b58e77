package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.source.DamagedObjectException;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.PositionalFormat;
import io.github.dynarestore.spi.Recognition;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the format of the objects at one location by the first bytes of some of them, from the first of the listing to the
 * last. Where these decide nothing, it looks at as many bytes as a record may have, for the first record may be that long.
 */
final class FormatRecognition {

    private static final int SAMPLE_BYTES = 64 * 1024;
    private static final int MAX_SAMPLES = 20;

    /** Such a sample may take megabytes to fetch. */
    private static final int MAX_LONG_SAMPLES = 4;

    private static final int MAX_EXAMPLES = 3;
    private static final int SHOWN_BYTES = 60;
    private static final String HOW_TO_NAME = "name it with --format, or Backup.format(id)";

    /** Opens the decompressed bytes of an object. */
    @FunctionalInterface
    interface Opener {
        InputStream open(BackupObject object) throws IOException;
    }

    /** What the formats say of the beginning of an object. */
    private record Look(
            BackupObject object, boolean isWhole, String shown, List<String> certain, List<String> fitting) {

        boolean isEmpty() {
            return shown.isEmpty();
        }

        String example() {
            return object.key() + " begins with " + shown
                    + (fitting.isEmpty() ? ", which fits no format" : ", which fits " + String.join(" or ", fitting));
        }
    }

    private final URI location;
    private final Opener opener;
    private final Map<String, BackupFormat> formats = new LinkedHashMap<>();
    private final int maxRecordBytes;

    /**
     * Creates one.
     *
     * @param formats those that may be found
     */
    FormatRecognition(URI location, Opener opener, Collection<BackupFormat> formats, int maxRecordBytes) {
        this.location = location;
        this.opener = opener;
        formats.forEach(format -> this.formats.put(format.id(), format));
        this.maxRecordBytes = maxRecordBytes;
    }

    /**
     * Finds the format.
     *
     * @throws RestoreException if none fits, or more than one
     */
    BackupFormat recognise(List<BackupObject> objects) {
        List<Look> all = look(objects);
        List<Look> looks = all.stream().filter(look -> !look.isEmpty()).toList();
        if (looks.isEmpty() && all.size() == objects.size()) {
            return formatOfNothing();
        }
        if (looks.stream().allMatch(look -> look.certain().isEmpty())) {
            looks = lookFurther(looks);
        }
        return decide(looks);
    }

    /** Delivered without a record, in which every format that needs no more finds none. */
    private BackupFormat formatOfNothing() {
        return formats.values().stream()
                .filter(format -> !(format instanceof PositionalFormat))
                .findFirst()
                .orElseThrow(() -> refusal("no object holds anything", HOW_TO_NAME));
    }

    private List<Look> look(List<BackupObject> objects) {
        List<Look> looks = new ArrayList<>();
        Set<Integer> picked = picks(objects.size());
        for (int index : picked) {
            add(look(objects.get(index), SAMPLE_BYTES), looks);
        }
        // Those picked may be damaged, or hold nothing.
        long samples = looks.stream().filter(look -> !look.isEmpty()).count();
        boolean isSure = looks.stream().anyMatch(look -> !look.certain().isEmpty());
        for (int i = 0; i < objects.size() && samples < MAX_SAMPLES && !isSure; i++) {
            Look look = picked.contains(i) ? null : look(objects.get(i), SAMPLE_BYTES);
            add(look, looks);
            samples += look == null || look.isEmpty() ? 0 : 1;
            isSure = look != null && !look.certain().isEmpty();
        }
        return looks;
    }

    private static void add(@Nullable Look look, List<Look> looks) {
        if (look != null) {
            looks.add(look);
        }
    }

    /** The first, the last, and some between. */
    private static Set<Integer> picks(int objects) {
        Set<Integer> picks = new TreeSet<>();
        int steps = Math.max(1, Math.min(MAX_SAMPLES, objects) - 1);
        for (int i = 0; i <= steps; i++) {
            picks.add((int) ((objects - 1L) * i / steps));
        }
        return picks;
    }

    private List<Look> lookFurther(List<Look> looks) {
        int longBytes = (int) Math.min(Integer.MAX_VALUE - 8L, (long) maxRecordBytes + SAMPLE_BYTES);
        List<Look> further = new ArrayList<>(looks);
        int longSamples = 0;
        for (int i = 0; i < further.size() && longSamples < MAX_LONG_SAMPLES; i++) {
            Look look = further.get(i);
            if (!look.isWhole()) {
                longSamples++;
                Look longer = look(look.object(), longBytes);
                further.set(i, longer == null ? look : longer);
            }
        }
        return further;
    }

    private @Nullable Look look(BackupObject object, int maxBytes) {
        byte[] bytes = firstBytes(object, maxBytes);
        if (bytes == null) {
            return null;
        }
        boolean isWhole = bytes.length < maxBytes;
        List<String> certain = new ArrayList<>();
        Set<String> possible = new TreeSet<>();
        if (bytes.length > 0) {
            BackupSample sample = new BackupSample(object.key(), bytes, isWhole);
            formats.forEach((id, format) -> {
                Recognition recognition = format.recognise(sample);
                if (recognition == Recognition.CERTAIN) {
                    certain.add(id);
                } else if (recognition == Recognition.POSSIBLE) {
                    possible.add(id);
                }
            });
        }
        String shown = bytes.length == 0 ? "" : printable(bytes);
        return new Look(object, isWhole, shown, certain, certain.isEmpty() ? List.copyOf(possible) : certain);
    }

    private BackupFormat decide(List<Look> looks) {
        Map<String, Look> certain = new TreeMap<>();
        for (Look look : looks) {
            if (look.certain().size() > 1) {
                throw unknown(List.of(look), look.certain());
            }
            look.certain().forEach(id -> certain.putIfAbsent(id, look));
        }
        if (certain.size() > 1) {
            throw mixed(certain);
        }
        Set<String> fitting = new TreeSet<>(certain.isEmpty() ? formats.keySet() : certain.keySet());
        if (certain.isEmpty()) {
            looks.forEach(look -> fitting.retainAll(look.fitting()));
        }
        BackupFormat only = fitting.size() == 1 ? formats.get(fitting.iterator().next()) : null;
        if (only == null || looks.isEmpty()) {
            throw unknown(looks, looks.isEmpty() ? List.of() : fitting);
        }
        return only;
    }

    private RestoreException mixed(Map<String, Look> certain) {
        return refusal(
                "objects of several formats lie there: "
                        + certain.values().stream().map(Look::example).collect(Collectors.joining("; ")),
                "give each a location of its own, or " + HOW_TO_NAME);
    }

    private RestoreException unknown(Collection<Look> looks, Collection<String> fitting) {
        Set<List<String>> seen = new HashSet<>();
        String examples = looks.stream()
                .filter(look -> seen.add(look.fitting()))
                .limit(MAX_EXAMPLES)
                .map(Look::example)
                .collect(Collectors.joining("; "));
        return refusal(
                examples.isEmpty() ? "no object could be decompressed" : examples,
                HOW_TO_NAME + (fitting.isEmpty() ? "; there are: " + formats.keySet() : "; these may fit: " + fitting));
    }

    private RestoreException refusal(String why, String hint) {
        return new RestoreException(
                RestoreErrorCode.FORMAT_UNKNOWN, "the format of " + location + " is not recognised: " + why, hint);
    }

    private byte @Nullable [] firstBytes(BackupObject object, int maxBytes) {
        try (InputStream in = opener.open(object)) {
            return readTolerantly(in, maxBytes);
        } catch (DamagedObjectException damaged) {
            return null;
        } catch (IOException e) {
            throw new RestoreException(
                    RestoreErrorCode.SOURCE_UNREADABLE,
                    object.uri() + " could not be read: " + e.getMessage(),
                    "check access to it",
                    e,
                    null);
        }
    }

    /** What can be decompressed of a damaged object is still good enough to know its format by. */
    private static byte[] readTolerantly(InputStream in, int maxBytes) throws IOException {
        byte[] bytes = new byte[Math.min(maxBytes, SAMPLE_BYTES)];
        int length = 0;
        try {
            int n;
            while (length < maxBytes && (n = in.read(bytes, length, bytes.length - length)) >= 0) {
                length += n;
                if (length == bytes.length) {
                    bytes = Arrays.copyOf(bytes, (int) Math.min(maxBytes, length * 2L));
                }
            }
        } catch (DamagedObjectException damaged) {
            if (length == 0) {
                throw damaged;
            }
        }
        return Arrays.copyOf(bytes, length);
    }

    private static String printable(byte[] bytes) {
        StringBuilder text = new StringBuilder("'");
        for (char c :
                new String(bytes, 0, Math.min(SHOWN_BYTES, bytes.length), StandardCharsets.ISO_8859_1).toCharArray()) {
            text.append(c >= ' ' && c < 0x7f ? c : '.');
        }
        return text.append("'").toString();
    }
}
