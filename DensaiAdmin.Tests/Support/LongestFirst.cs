using DensaiAdmin.Tests.EnrollmentApp;
using DensaiAdmin.Tests.Gates;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Isolation;
using DensaiAdmin.Tests.Recovery;
using DensaiAdmin.Tests.Store;
using DensaiAdmin.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(DensaiAdmin.Tests.Support.LongestFirst))]

namespace DensaiAdmin.Tests.Support;

/// <summary>Classes that take long begin first: begun last, one runs on alone while the other processor has nothing to do.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        .. new[]
        {
            typeof(NssStoreTests), typeof(ChangedMeanwhileTests), typeof(DiskFaultTests),
            typeof(ClockJumpTests), typeof(ReconcileTests), typeof(ParameterTests), typeof(StoreFaultTests),
        }.Select(type => type.FullName!),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(
            collection => Long.Any(name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)))];
}
