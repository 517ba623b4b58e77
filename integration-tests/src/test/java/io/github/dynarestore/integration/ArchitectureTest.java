package io.github.dynarestore.integration;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.NullMarked;

/** The rules of docs/architecture.md. */
@AnalyzeClasses(
        packages = "io.github.dynarestore",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoOracles.class})
class ArchitectureTest {

    /** The oracles that core's tests share with those here are tests as well, though they may lie in a jar. */
    static final class NoOracles implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    private static final String ROOT = "io.github.dynarestore";
    private static final String SDK_MODEL = "software.amazon.awssdk.services.dynamodb.model..";

    @ArchTest
    static final ArchRule MODEL_DEPENDS_ON_NOTHING_OF_OURS = noClasses()
            .that()
            .resideInAPackage(ROOT + ".model..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.github.dynarestore..")
                    .and(resideInAPackage(ROOT + ".model..").negate()));

    @ArchTest
    static final ArchRule MODEL_SHOWS_ONLY_JDK_AND_ATTRIBUTE_VALUES = classes()
            .that()
            .resideInAPackage(ROOT + ".model..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "org.jspecify..",
                    ROOT + ".model..",
                    SDK_MODEL,
                    "software.amazon.awssdk.core",
                    "com.fasterxml.jackson.core..");

    @ArchTest
    static final ArchRule SPI_SEES_MODEL_JDK_AND_ATTRIBUTE_VALUES_ONLY = classes()
            .that()
            .resideInAPackage(ROOT + ".spi..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "org.jspecify..", ROOT + ".spi..", ROOT + ".model..", SDK_MODEL);

    @ArchTest
    static final ArchRule JSON_TOOLKIT_KNOWS_NO_JACKSON = noClasses()
            .that()
            .resideInAPackage(ROOT + ".json..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.fasterxml..", ROOT + ".internal..", ROOT + ".spi..");

    @ArchTest
    static final ArchRule ENGINE_NEVER_SEES_THE_FRONT_DOOR = noClasses()
            .that()
            .resideInAPackage(ROOT + ".internal..")
            .should()
            .dependOnClassesThat(resideInAPackage(ROOT));

    @ArchTest
    static final ArchRule STAGES_DO_NOT_SEE_ONE_ANOTHER = slices().matching(ROOT + ".internal.(*)..")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(resideInAPackage(ROOT + ".internal.pipeline.."), alwaysTrue())
            // No stage: whoever has a directory to himself must take its lock in the same way.
            .ignoreDependency(alwaysTrue(), resideInAPackage(ROOT + ".internal.lock.."));

    @ArchTest
    static final ArchRule NO_PACKAGE_CYCLES =
            slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule PURE_STAGES_KNOW_NO_CLIENT_AND_NO_THREAD = noClasses()
            .that()
            .resideInAnyPackage(ROOT + ".internal.rate..", ROOT + ".internal.batch..", ROOT + ".internal.survey..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(Executor.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(CompletableFuture.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Thread.class)
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage("software.amazon.awssdk..");

    @ArchTest
    static final ArchRule ONLY_THE_PIPELINE_READS_A_CLOCK = noClasses()
            .that()
            .resideInAnyPackage(
                    ROOT + ".internal.rate..",
                    ROOT + ".internal.batch..",
                    ROOT + ".internal.survey..",
                    ROOT + ".internal.write..",
                    ROOT + ".internal.ledger..",
                    ROOT + ".internal.discovery..",
                    ROOT + ".model..",
                    ROOT + ".json..")
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(Thread.class, "sleep", long.class);

    @ArchTest
    static final ArchRule FORMATS_REACH_EXPORTED_PACKAGES_ONLY = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT, ROOT + ".internal..")
            .should()
            .dependOnClassesThat(resideInAPackage(ROOT + ".internal.."));

    @ArchTest
    static final ArchRule FORMATS_AND_MAPPERS_SEE_SPI_MODEL_AND_JSON_ONLY = noClasses()
            .that()
            .resideInAnyPackage(ROOT + ".format..", ROOT + ".mapper..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(ROOT, ROOT + ".internal..", ROOT + ".progress.."));

    @ArchTest
    static final ArchRule PUBLIC_TYPES_ARE_CLOSED = classes()
            .that()
            .arePublic()
            .and()
            .resideInAnyPackage(ROOT, ROOT + ".model", ROOT + ".spi", ROOT + ".json", ROOT + ".progress")
            .should(beClosed());

    @ArchTest
    static final ArchRule NO_STANDARD_STREAMS_IN_THE_LIBRARY = noClasses()
            .that()
            .resideInAnyPackage(ROOT, ROOT + ".internal..", ROOT + ".model..", ROOT + ".spi..", ROOT + ".json..")
            .should(ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule NO_JAVA_UTIL_LOGGING = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

    @ArchTest
    static final ArchRule NO_GENERIC_EXCEPTIONS = NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;

    /** They would run on the pool that all of a process shares. */
    @ArchTest
    static final ArchRule NO_FUTURE_WITHOUT_ITS_EXECUTOR = noClasses()
            .should()
            .callMethodWhere(describe(
                    "is async and takes no executor",
                    call -> call.getTargetOwner().isAssignableTo(CompletableFuture.class)
                            && call.getTarget().getName().endsWith("Async")
                            && call.getTarget().getRawParameterTypes().stream()
                                    .noneMatch(type -> type.isAssignableTo(Executor.class))));

    @ArchTest
    static final ArchRule PACKAGES_SAY_WHAT_THEY_ARE_AND_THAT_NOTHING_IS_NULL =
            classes().that().resideInAPackage(ROOT + "..").should(haveNullMarkedPackages());

    private static ArchCondition<JavaClass> haveNullMarkedPackages() {
        return new ArchCondition<>("be in a package whose package-info is @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(new SimpleConditionEvent(type, marked, type.getPackageName() + " is not @NullMarked"));
            }
        };
    }

    private static ArchCondition<JavaClass> beClosed() {
        return new ArchCondition<>("be final, a record, an enum, sealed or an interface") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean closed = type.isInterface()
                        || type.isEnum()
                        || type.isRecord()
                        || type.getModifiers().contains(JavaModifier.FINAL);
                events.add(new SimpleConditionEvent(type, closed, type.getName() + " can be extended by anyone"));
            }
        };
    }
}
