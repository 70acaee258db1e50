using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Web.Verbs;

/// <summary>What was asked for on the command line, understood.</summary>
internal abstract record VerbCall
{
    private VerbCall()
    {
    }

    /// <summary>
    /// Whether the verb may make a data directory. Any other finds one or is refused: it would only look, or change what is not there,
    /// and a mistyped path must not become a bank.
    /// </summary>
    public virtual bool MayMakeStore => false;

    /// <summary>Login IDs of the operators as far as named on the command line, at most two.</summary>
    public virtual IReadOnlyList<string> Operators => [];

    internal sealed record Migrate : VerbCall
    {
        public override bool MayMakeStore => true;
    }

    internal sealed record DemoReset : VerbCall
    {
        public override bool MayMakeStore => true;
    }

    internal sealed record AuditVerify : VerbCall;

    internal sealed record CaShow : VerbCall;

    internal sealed record Doctor : VerbCall;

    internal sealed record CrlNow : VerbCall;

    /// <param name="LoginId">Of the operator.</param>
    /// <param name="Name">氏名.</param>
    /// <param name="Role">窓口担当 or 窓口承認者.</param>
    /// <param name="MailAddress">Null where none was given.</param>
    /// <param name="RecoverFile">Break-glass: the root's exported key.</param>
    /// <param name="Operators">Who agree, as far as named.</param>
    internal sealed record OperatorAdd(
        string LoginId, string Name, UserRole Role, string? MailAddress, string? RecoverFile, IReadOnlyList<string> Operators) : VerbCall
    {
        // A bank's first operators may be registered before its first start.
        public override bool MayMakeStore => RecoverFile is null;

        public override IReadOnlyList<string> Operators { get; } = Operators;
    }

    internal sealed record Seed(int Companies, int Users, int? Largest) : VerbCall
    {
        public override bool MayMakeStore => true;
    }

    internal sealed record Backup(string File) : VerbCall;

    internal sealed record Restore(string File) : VerbCall
    {
        public override bool MayMakeStore => true;
    }

    /// <param name="RecoverFile">Break-glass: the root's exported key.</param>
    /// <param name="Operators">Who agree, as far as named.</param>
    internal sealed record Reconcile(string? RecoverFile, IReadOnlyList<string> Operators) : VerbCall
    {
        public override IReadOnlyList<string> Operators { get; } = Operators;

        /// <summary>Whether it is the clock that is reconciled, and not the store.</summary>
        public bool Clock { get; init; }
    }

    /// <summary>A verb that outside Development takes the passwords of a clerk and an approver.</summary>
    /// <param name="LoginId">Whom it concerns.</param>
    /// <param name="Operators">Login IDs of the operators as far as named, at most two.</param>
    internal abstract record OnUser(string LoginId, IReadOnlyList<string> Operators) : VerbCall
    {
        public override IReadOnlyList<string> Operators { get; } = Operators;
    }

    internal sealed record Issue(string LoginId, string CsrFile, IReadOnlyList<string> Operators) : OnUser(LoginId, Operators);

    internal sealed record Revoke(
        string LoginId, X509RevocationReason Reason, IReadOnlyList<string> Operators) : OnUser(LoginId, Operators);

    internal sealed record Unlock(string LoginId, IReadOnlyList<string> Operators) : OnUser(LoginId, Operators);
}
