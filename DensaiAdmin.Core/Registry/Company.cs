using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>認証方式: how the users of a company log in (R2).</summary>
public enum AuthenticationMethod
{
    /// <summary>電子証明書方式.</summary>
    Certificate,

    /// <summary>ID・パスワード方式.</summary>
    IdAndPassword,
}

/// <summary>企業: a tenant. Nobody of a company learns that another exists.</summary>
public sealed class Company
{
    /// <summary>What a contract allows that says nothing else.</summary>
    public const int DefaultMaxUsers = 100;

    private Company()
    {
    }

    public Company(string number, string name, AuthenticationMethod authenticationMethod)
    {
        Number = number;
        Name = name;
        AuthenticationMethod = authenticationMethod;
    }

    public long Id { get; private set; }

    /// <summary>契約番号, opaque.</summary>
    public string Number { get; private set; } = "";

    public string Name { get; private set; } = "";

    public AuthenticationMethod AuthenticationMethod { get; private set; }

    /// <summary>How many users the contract allows, masters included and deleted ones not.</summary>
    public int MaxUsers { get; private set; } = DefaultMaxUsers;
}

internal sealed class CompanyConfiguration : IEntityTypeConfiguration<Company>
{
    public void Configure(EntityTypeBuilder<Company> company)
    {
        company.Property(c => c.Number).HasMaxLength(32);
        company.Property(c => c.Name).HasMaxLength(200);
        company.Property(c => c.AuthenticationMethod).HasConversion<string>().HasMaxLength(20);
        company.Property(c => c.MaxUsers).HasDefaultValue(Company.DefaultMaxUsers);
        company.HasIndex(c => c.Number).IsUnique();
    }
}
