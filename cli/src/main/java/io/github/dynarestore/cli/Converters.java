package io.github.dynarestore.cli;

import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.Gaps;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.model.UndatedRecords;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the values of options, saying what would be right. */
final class Converters {

    private Converters() {}

    static final class ToInstant implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String text) {
            try {
                return Instant.parse(text);
            } catch (DateTimeParseException e) {
                throw new TypeConversionException("'" + text + "' is not an instant such as 2016-10-15T23:59:59Z");
            }
        }
    }

    static final class ToMapping implements ITypeConverter<Mapping> {
        @Override
        public Mapping convert(String text) {
            try {
                return Mapping.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    static final class ToExistingItems implements ITypeConverter<ExistingItems> {
        @Override
        public ExistingItems convert(String text) {
            return choice(text, ExistingItems.values());
        }
    }

    static final class ToBadRecords implements ITypeConverter<BadRecords> {
        @Override
        public BadRecords convert(String text) {
            return choice(text, BadRecords.values());
        }
    }

    static final class ToUndatedRecords implements ITypeConverter<UndatedRecords> {
        @Override
        public UndatedRecords convert(String text) {
            return choice(text, UndatedRecords.values());
        }
    }

    static final class ToGaps implements ITypeConverter<Gaps> {
        @Override
        public Gaps convert(String text) {
            return choice(text, Gaps.values());
        }
    }

    static final class ToTtlRemovals implements ITypeConverter<TtlRemovals> {
        @Override
        public TtlRemovals convert(String text) {
            return choice(text, TtlRemovals.values());
        }
    }

    /** Bytes, or thousands, millions and thousands of millions of them as computers count. */
    static final class ToBytes implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            int shift = "kmg".indexOf(text.isEmpty() ? ' ' : Character.toLowerCase(text.charAt(text.length() - 1)));
            String digits = shift < 0 ? text : text.substring(0, text.length() - 1);
            try {
                return Math.multiplyExact(Long.parseLong(digits), 1L << 10 * (shift + 1));
            } catch (NumberFormatException | ArithmeticException e) {
                throw new TypeConversionException("'" + text + "' is not a number of bytes such as 512m");
            }
        }
    }

    private static <E extends Enum<E>> E choice(String text, E[] choices) {
        List<String> names = Arrays.stream(choices).map(Converters::nameOf).toList();
        int index = names.indexOf(text);
        if (index < 0) {
            throw new TypeConversionException("'" + text + "' is not one of " + String.join(", ", names));
        }
        return choices[index];
    }

    private static String nameOf(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
